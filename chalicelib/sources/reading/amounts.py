"""Amounts of money in minor units, and quantities in whole pieces."""

from collections.abc import Callable
from decimal import ROUND_CEILING, Decimal

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.money import Money, minor_units, rounded_units
from chalicelib.sources.fields import MOST_AMOUNT, MOST_PIECES


def amount(path: str, value: Decimal, currency: str) -> int:
    """Minor units, exactly; raises ``InvalidFact`` for a negative amount, or more decimals than the currency has."""
    return _minor(path, value, currency, minor_units)


def rounded(path: str, value: Decimal, currency: str) -> Money:
    """An amount rounded half up to minor units; raises ``InvalidFact`` for a negative one.

    For a source whose amounts may have more decimals than their currency.
    """
    return Money(_minor(path, value, currency, rounded_units), currency)


def money(path: str, value: Decimal, currency: str) -> Money:
    """An amount with its currency; raises ``InvalidFact`` as ``amount`` does."""
    return Money(amount(path, value, currency), currency)


def pieces(path: str, quantity: Decimal) -> int:
    """A quantity, rounded up to whole pieces; raises ``InvalidFact``."""
    if not (quantity.is_finite() and 0 <= quantity <= MOST_PIECES):
        raise InvalidFact(path, f"expected a quantity from 0 to {MOST_PIECES}")
    return int(quantity.to_integral_value(ROUND_CEILING))


def _minor(path: str, value: Decimal, currency: str, convert: Callable[[Decimal, str], int]) -> int:
    try:
        minor = convert(value, currency)
    except ValueError as error:
        raise InvalidFact(path, str(error)) from None
    if not 0 <= minor <= MOST_AMOUNT:
        raise InvalidFact(path, f"expected between 0 and {MOST_AMOUNT} minor units of {currency}")
    return minor
