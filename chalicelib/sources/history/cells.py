"""Converts CSV cells to the values of the API: decimal amounts, yes and no, products, times."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from chalicelib.domain.facts.cart import Line
from chalicelib.domain.money import Money, is_currency, parse_money
from chalicelib.sources.reading.times import QUOTED

MOST_COUNTED = 500
"""The most lines of a cart, if only their number is given."""
MOST_NUMBER = Decimal(10) ** 9
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?[Ee]\+?\d{2,3}")
_DECIMAL = re.compile(r"[1-9]\d*\.0+")
_NO_ID = frozenset(
    [
        *("null", "none", "nan", "na", "n/a", "<na>", "undefined", "?", "-"),
        *("#n/a", "#ref!", "#name?", "#value!", "#null!", "#num!", "#div/0!"),
    ]
)
"""What programs and spreadsheets write where there is none."""
_YES, _NO = ("yes", "true", "1"), ("no", "false", "0")


def amount(text: str, row: Mapping[str, str]) -> int:
    """A decimal amount (``29.33``) as minor units of the row's currency; an invalid currency is reported separately."""
    currency = row.get("currency", "")
    if not is_currency(currency):
        return 0
    try:
        found = parse_money(text, currency).amount
    except ArithmeticError:
        raise ValueError("expected a decimal amount below 10^15") from None
    if found < 0:
        raise ValueError(f"expected an amount of 0 or more, got {text[:QUOTED]!r}")
    return found


def decimal(text: str, row: Mapping[str, str]) -> Decimal:
    """A decimal number, which may be negative."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or found.copy_abs() >= MOST_NUMBER:
        raise ValueError(f"expected a decimal number, got {text[:QUOTED]!r}")
    return found


def own_id(text: str, row: Mapping[str, str]) -> str:
    """An id, unless a spreadsheet has rounded it, or a program has written that there is none."""
    if _ROUNDED.fullmatch(text):
        raise ValueError(f"a spreadsheet has rounded this number: format the column as text, got {text[:QUOTED]!r}")
    if _DECIMAL.fullmatch(text):
        raise ValueError(f"a program has made a decimal number of this id, got {text[:QUOTED]!r}")
    if text.lower() in _NO_ID:
        raise ValueError(f"expected an id, or an empty cell where there is none, got {text[:QUOTED]!r}")
    return text


def switch(text: str, row: Mapping[str, str]) -> bool:
    """Yes or no."""
    if text.lower() not in (*_YES, *_NO):
        raise ValueError(f"expected yes or no, got {text[:QUOTED]!r}")
    return text.lower() in _YES


def products(text: str, row: Mapping[str, str]) -> list[str]:
    """Ids of products, separated by spaces."""
    return text.split()


def product_lines(text: str, row: Mapping[str, str]) -> list[dict[str, Any]]:
    """The lines of a cart with these products, separated by spaces."""
    return [{"product": product, "name": product} for product in text.split()]


def line_count(text: str, row: Mapping[str, str]) -> int:
    """The number of lines of a cart with unknown products, as lines."""
    if not (text.isascii() and text.isdecimal() and len(text) < 9 and int(text) <= MOST_COUNTED):
        raise ValueError(f"expected a whole number from 0 to {MOST_COUNTED}, got {text[:QUOTED]!r}")
    return int(text)


def counted_lines(count: int, total: Money) -> tuple[Line, ...]:
    """Lines of invented products, with this total together."""
    each, rest = divmod(total.amount, count) if count else (0, 0)
    numbers = range(1, count + 1)
    return tuple(Line(f"item-{n}", f"Item {n}", 1, each + (rest if n == 1 else 0)) for n in numbers)
