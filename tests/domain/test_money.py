"""Money: integer minor units, each currency with its own number of digits."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.money import Money, exponent, is_currency, minor_units, parse_money, rounded_units


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("29.33", "USD", 2933),
        ("29.3", "USD", 2930),
        ("29", "USD", 2900),
        (" 29.33 ", "USD", 2933),
        ("1.10", "USD", 110),  # 1.10 is no binary fraction
        ("0.29", "USD", 29),
        ("-5.00", "EUR", -500),
        ("12000", "KRW", 12000),
        ("12000.00", "KRW", 12000),  # finer in writing only
        ("980", "JPY", 980),
        ("1.234", "KWD", 1234),
        ("1e3", "USD", 100_000),
    ],
)
def test_an_amount_is_read_into_minor_units(text: str, currency: str, amount: int) -> None:
    assert parse_money(text, currency) == Money(amount, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("29.333", "USD"),
        ("0.5", "KRW"),
        ("1.5", "JPY"),
        ("", "USD"),
        ("abc", "USD"),
        ("1,000.00", "USD"),
        ("NaN", "USD"),
        ("Infinity", "USD"),
        ("1e400", "USD"),
        ("1e15", "USD"),
    ],
)
def test_what_is_no_amount_of_this_currency_is_refused(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"expected a decimal amount|more digits"):
        parse_money(text, currency)


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("1357.40", "JPY", 1357),
        ("1357.5", "JPY", 1358),
        ("-1357.5", "JPY", -1358),
        ("8.3333", "USD", 833),
        ("8.335", "USD", 834),
        ("8.345", "USD", 835),  # half up, not to the even one
        ("8.33", "USD", 833),
        ("0.0004", "KWD", 0),
    ],
)
def test_an_amount_finer_than_its_currency_is_rounded_where_that_is_asked_for(
    text: str, currency: str, amount: int
) -> None:
    assert rounded_units(Decimal(text), currency) == amount


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e15", "1e999999999"])
def test_what_is_no_amount_is_not_rounded_to_one(text: str) -> None:
    for read in (rounded_units, minor_units):
        with pytest.raises(ValueError, match="expected a decimal amount"):
            read(Decimal(text), "USD")


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(1250, "USD"), "12.50 USD"),
        (Money(5, "EUR"), "0.05 EUR"),
        (Money(1234567, "KRW"), "1,234,567 KRW"),
        (Money(980, "JPY"), "980 JPY"),
        (Money(1234567, "KWD"), "1,234.567 KWD"),
        (Money(-500, "USD"), "-5.00 USD"),
    ],
)
def test_money_is_shown_in_major_units(money: Money, text: str) -> None:
    assert str(money) == text


@given(st.integers(-(10**14), 10**14), st.sampled_from(["USD", "KRW", "JPY", "KWD"]))
def test_what_is_shown_is_read_back_the_same(amount: int, currency: str) -> None:
    shown = str(Money(amount, currency)).removesuffix(f" {currency}").replace(",", "")

    assert parse_money(shown, currency) == Money(amount, currency)


def test_won_and_yen_have_no_minor_unit() -> None:
    assert [exponent(code) for code in ("KRW", "JPY", "USD", "EUR", "BHD", "XXX")] == [0, 0, 2, 2, 3, 2]


@pytest.mark.parametrize(
    ("code", "fits"),
    [("USD", True), ("usd", False), ("US", False), ("USDX", False), ("", False), ("USD\n", False), ("ＵＳＤ", False)],
)
def test_a_currency_is_three_capital_letters(code: str, fits: bool) -> None:
    assert is_currency(code) is fits
