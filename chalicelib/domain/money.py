"""Money as integer minor units with its currency; never a float."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation

# The currencies whose ISO 4217 exponent is not two.
_EXPONENTS = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}
NO_CURRENCY = "XXX"
"""ISO 4217's code for no currency: for an amount of 0 with an unknown currency."""
MOST = Decimal(10) ** 15
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in the currency's minor unit (cents; whole won and yen), e.g. ``Money(1250, "USD")`` is $12.50."""

    amount: int
    currency: str

    def __str__(self) -> str:
        digits = exponent(self.currency)
        return f"{Decimal(self.amount).scaleb(-digits):,.{digits}f} {self.currency}"


def exponent(currency: str) -> int:
    """How many decimal digits the currency's minor unit has (ISO 4217): 2 for USD, 0 for KRW and JPY."""
    return _EXPONENTS.get(currency, 2)


def is_currency(code: str) -> bool:
    """Whether ``code`` has the form of an ISO 4217 code."""
    return _CURRENCY.fullmatch(code) is not None


def parse_money(text: str, currency: str) -> Money:
    """Read a decimal amount in major units, e.g. ``parse_money("29.33", "USD") == Money(2933, "USD")``.

    Raises ``ValueError`` if the text is not a decimal number, or has more decimals than the currency.
    """
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        raise ValueError(f"expected a decimal amount, got {text!r}") from None
    if not value.is_finite() or value.copy_abs() >= MOST:
        raise ValueError(f"expected a decimal amount, got {text!r}")
    try:
        return Money(minor_units(value, currency), currency)
    except ValueError:
        raise ValueError(f"{text!r} has more digits than {currency} has") from None


def minor_units(value: Decimal, currency: str) -> int:
    """An amount in major units, converted exactly to minor units.

    Raises ``ValueError`` if it is not a number, too large, or has more decimals than the currency; never quotes it.
    """
    try:
        return _units(value, currency, Context(prec=24, traps=[Inexact]))
    except Inexact:
        problem = f"expected no more than {exponent(currency)} decimal digits, as the currency has"
        raise ValueError(problem) from None


def rounded_units(value: Decimal, currency: str) -> int:
    """An amount in major units, converted to minor units; half a unit or more is rounded away from zero.

    Raises ``ValueError`` if it is not a number or too large; never quotes it.
    """
    return _units(value, currency, Context(prec=24, rounding=ROUND_HALF_UP, traps=[]))


def _units(value: Decimal, currency: str, context: Context) -> int:
    digits = exponent(currency)
    if not value.is_finite() or value.copy_abs() >= MOST:
        raise ValueError("expected a decimal amount below 10^15")
    return int(value.quantize(Decimal((0, (1,), -digits)), context=context).scaleb(digits))
