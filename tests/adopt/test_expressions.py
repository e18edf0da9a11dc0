"""What is wrong with an expression is said before any item is seen."""

import jmespath  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.own_tables.expressions import currency_fault, expression_fault


@pytest.mark.parametrize(
    "text",
    [
        "owner",
        "'USD'",
        "`true`",
        '`"USD"`',
        "`12`",
        "split(sk, '#')[1]",
        "starts_with(sk, 'CART#') && owner",
        "items[].{product: sku, name: title}",
        "items[?pieces > `0`].sku | [0]",
        "not_null(email, contact.email, mail)",
        "max_by(prices, &amount).amount",
        "sum(`[1, 2]`)",
        "length(`[]`)",
        "to_string(`5`)",
        "items[1:3]",
    ],
)
def test_what_may_suit_an_item_passes(text: str) -> None:
    assert expression_fault(text) is None
    assert currency_fault(text) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("split(sk)", "split() takes 2 values, not 1"),
        ("split(sk, '#', '1')", "split() takes 2 values, not 3"),
        ("length()", "length() takes 1 values, not 0"),
        ("not_null()", "not_null() takes 1 or more values, not 0"),
        ("items[?length(sku, sku) > `1`]", "length() takes 1 values, not 2"),
        ("{id: split(sk)}", "split() takes 2 values, not 1"),
        ("cut(sk, 4)", "not JMESPath: "),
        ("cut(sk, '4')", "JMESPath has no function cut"),
        ("length(`5`)", "length() takes string or array or object as its value 1"),
        ("split(sk, `1`)", "split() takes string as its value 2"),
        ("starts_with(sk, `null`)", "starts_with() takes string as its value 2"),
        ('sum(`["1"]`)', "sum() takes array-number as its value 1"),
        ("sort_by(items, price)", "sort_by() takes an expression after & as its value 2"),
        ("length(&items)", "length() takes string or array or object as its value 1"),
        ("`USD`", "not JMESPath: expected JSON between backquotes"),
        ("`{`", "not JMESPath: expected JSON between backquotes"),
        ("`NaN`", "not JMESPath: "),
        ("`[1e999]`", "not JMESPath: "),
        ("'USD", "not JMESPath: "),
        ("", "not JMESPath: "),
        ("(" * 3000 + "owner" + ")" * 3000, "not JMESPath: nested too deeply"),
    ],
)
def test_what_suits_no_item_is_said(text: str, fault: str) -> None:
    assert (expression_fault(text) or "").startswith(fault)
    assert expression_fault(text) == expression_fault(text), "whatever jmespath remembers"


@pytest.mark.parametrize("text", ["EUR", '"EUR"'])
def test_a_currency_without_quotes_is_taken_for_the_field_that_it_names(text: str) -> None:
    assert (currency_fault(text) or "").startswith("""expected "'EUR'" for a constant""")


@pytest.mark.parametrize("text", ["@.EUR", "currency", "order.EUR", "eur", "EURO"])
def test_a_field_that_may_hold_the_currency_is_one(text: str) -> None:
    assert currency_fault(text) is None


words = st.sampled_from(
    ["sk", "split", "sum", "map", "(", ")", "[", "]", "[?", "[]", "{", "}", ":", ",", ".", "&", "&&"]
)
others = st.sampled_from(
    ["||", "|", "!", "==", "<", "@", "*", "'x'", "`1`", "`{`", "`[1]`", "`NaN`", "0", "-1", '"q"', " "]
)


@given(st.lists(words | others, max_size=8).map("".join))
def test_what_passes_can_be_compiled_and_the_rest_is_one_sentence(text: str) -> None:
    fault = expression_fault(text)

    if fault is None:
        jmespath.compile(text)
    else:
        assert "\n" not in fault
