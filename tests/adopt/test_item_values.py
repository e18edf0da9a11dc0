"""The values of an item: amounts, times and ids are converted, and what is invalid or missing is named by its path."""

from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from boto3.dynamodb.types import TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import InvalidFact, RekindleError
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.inbound import InboundFact
from chalicelib.sources.own_tables.facts import fact_of
from chalicelib.sources.own_tables.mapping import FactMapping, OwnTable
from chalicelib.sources.own_tables.values import plain
from tests.adopt.given import facts_in
from tests.adopt.items import ANN, CART, CUSTOMERS, LINE, ORDER, SALES, sales


def facts(table: OwnTable, item: Mapping[str, Any]) -> list[InboundFact]:
    """The facts in a new item."""
    return [fact_of(found.body) for found in facts_in(table, item)]


@pytest.mark.parametrize("zone", ["Mars", "UTC+9", ""])
def test_a_time_zone_that_nobody_knows_means_the_shop_s(zone: str) -> None:
    (found,) = facts(CUSTOMERS, ANN | {"zone": zone})

    assert isinstance(found.fact, Customer)
    assert (found.fact.zone, found.fact.email) == (None, "ann@example.com")


@pytest.mark.parametrize(
    ("currency", "amount", "minor"),
    [
        ("USD", "0.10", 10),
        ("USD", 12, 1200),
        ("USD", Decimal("12.5"), 1250),
        ("KRW", "15000", 15000),
        ("JPY", 1980, 1980),
        ("JPY", "1980.00", 1980),
        ("KWD", "1.234", 1234),
    ],
)
def test_amounts_become_minor_units_of_their_currency(currency: str, amount: Any, minor: int) -> None:
    cart, _ = SALES.facts
    mapping = msgspec.structs.replace(cart, fields={**cart.fields, "currency": f"'{currency}'"})

    (found,) = facts_in(sales(facts=(mapping,)), {**CART, "sum": amount, "items": []})

    assert found.body["total"] == minor


def test_amounts_that_are_minor_units_already_stay() -> None:
    (found,) = facts_in(sales(amounts="minor"), {**CART, "sum": 2500, "items": [{**LINE, "price": 1250}]})

    assert (found.body["total"], found.body["lines"][0]["price"]) == (2500, 1250)


@pytest.mark.parametrize("amount", ["12.50", Decimal("12.50")])
def test_an_amount_that_is_made_a_number_keeps_its_fraction(amount: Any) -> None:
    cart, _ = SALES.facts
    mapping = msgspec.structs.replace(cart, fields={**cart.fields, "total": "to_number(sum)"})

    (found,) = facts_in(sales(facts=(mapping,)), {**CART, "sum": amount})

    assert found.body["total"] == 1250


@pytest.mark.parametrize(
    ("time", "utc"),
    [
        ("2026-03-02T18:40:00", "2026-03-02T09:40:00+00:00"),
        ("2026-03-02T18:40:00+02:00", "2026-03-02T16:40:00+00:00"),
        ("2026-03-02T18:40:00.123Z", "2026-03-02T18:40:00.123000+00:00"),
        (1_772_440_000, "2026-03-02T08:26:40+00:00"),
        ("1772440000", "2026-03-02T08:26:40+00:00"),
        (1_772_440_000_123, "2026-03-02T08:26:40.123000+00:00"),
        (Decimal("1772440000.5"), "2026-03-02T08:26:40.500000+00:00"),
    ],
)
def test_times_are_read_in_whatever_form_shops_keep_them(time: Any, utc: str) -> None:
    (found,) = facts_in(SALES, {**CART, "touched": time})

    assert found.body["at"] == utc


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"touched": "yesterday"}, "$.at"),
        ({"touched": True}, "$.at"),
        ({"touched": 20_260_302}, "$.at"),
        ({"touched": 10**37}, "$.at"),
        ({"touched": {"day": 1}}, "$.at"),
        ({"sum": "twelve"}, "$.total"),
        ({"sum": "12.505"}, "$.total"),
        ({"sum": "NaN"}, "$.total"),
        ({"sum": True}, "$.total"),
        ({"items": [LINE, {**LINE, "price": "1.001"}]}, "$.lines[1].price"),
        ({"items": [{**LINE, "pieces": 0}]}, "$.lines[0].quantity"),
        ({"items": [{**LINE, "sku": "green tea"}]}, "$.lines[0].product"),
        ({"sk": "CART#"}, "$.id"),
        ({"sk": "CART#4 2"}, "$.id"),
        ({"touched": None}, "$.at"),
    ],
)
def test_an_invalid_value_is_named_by_its_path_and_not_quoted(change: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidFact) as raised:
        facts(SALES, CART | change)

    assert raised.value.field == path
    assert not [text for text in ("yesterday", "twelve", "12.505", "1.001", "green tea") if text in str(raised.value)]


@pytest.mark.parametrize("empty", ["", None])
def test_what_is_empty_is_not_there(empty: str | None) -> None:
    nothing = dict.fromkeys(("coupon", "cancelled", "cart"), empty)
    assert facts_in(SALES, ORDER | nothing) == facts_in(SALES, ORDER)
    assert facts_in(SALES, ORDER | nothing, ORDER) == []

    (found,) = facts_in(CUSTOMERS, {**ANN, "contact": {"email": empty, "name": empty}, "zone": empty})
    assert found.body.keys() == {"type", "id", "at", "consents"}
    fact_of(found.body)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"touched": ""}, "$.at"),
        ({"sk": "CART#"}, "$.id"),
        ({"sum": ""}, "$.total"),
        ({"items": [{**LINE, "title": ""}]}, "$.lines[0].name"),
        ({"items": [LINE, {"article": "green-tea"}]}, "$.lines[1].product"),
    ],
)
def test_what_is_needed_and_empty_is_missing(change: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidFact) as raised:
        facts(SALES, CART | change)

    assert str(raised.value) == f"{path}: is required"


@pytest.mark.parametrize("items", [None, {"sku": "green-tea"}, "green-tea", ""])
def test_a_cart_without_a_list_of_lines_is_not_an_empty_cart(items: Any) -> None:
    with pytest.raises(InvalidFact, match=r"^\$\.lines: expected a list"):
        facts_in(SALES, {**CART, "items": items})

    (found,) = facts_in(SALES, {**CART, "items": []})
    assert found.body["lines"] == []


def test_a_mapping_may_say_that_a_cart_without_lines_is_empty() -> None:
    (cart, _) = SALES.facts
    lenient = msgspec.structs.replace(cart, fields={**cart.fields, "lines": f"{cart.fields['lines']} || `[]`"})
    table = sales(facts=(lenient,))

    assert [found.body["lines"] for found in facts_in(table, {**CART, "items": None})] == [[]]
    assert facts_in(table, CART) == facts_in(SALES, CART)


def test_ids_may_be_numbers() -> None:
    (found,) = facts_in(SALES, {**CART, "owner": 42, "items": [{**LINE, "sku": 7}]})

    assert found.body["customer_id"] == "42"
    assert found.body["lines"][0]["product"] == "7"


FIELDS = ("customer_id", "id", "at", "total", "currency", "lines")
AS_IT_IS = sales(facts=(FactMapping("cart", {name: name for name in FIELDS}),))
numbers = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**15), max_value=10**15)
values = st.recursive(
    st.none() | st.booleans() | st.text(max_size=12) | st.integers(-(10**30), 10**30) | numbers | st.binary(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.fixed_dictionaries(dict.fromkeys(("customer_id", "id", "at", "total", "currency", "lines"), values)))
def test_whatever_an_item_holds_it_is_a_fact_or_an_error_of_ours(item: dict[str, Any]) -> None:
    with suppress(RekindleError):
        facts(AS_IT_IS, item)


@given(values)
def test_plain_values_are_those_that_were_stored(value: Any) -> None:
    def expected(inner: Any) -> Any:
        match inner:
            case bytes():
                return inner
            case list():
                return [expected(each) for each in inner]
            case dict():
                return {name: expected(each) for name, each in inner.items()}
            case _:
                return inner

    assert plain(TypeSerializer().serialize(value)) == expected(value)
