"""The values of the shop's own items: in plain Python, and converted to those of ``POST /v1/facts``."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.money import is_currency, minor_units
from chalicelib.sources.bodies import BODIES
from chalicelib.sources.fields import Amount, Id, Time
from chalicelib.sources.reading import texts, times

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECONDS = 10**11
"""From this number on, a time is in milliseconds since 1970 UTC (1973 or later); below it, in seconds."""
SECONDS = 10**8
"""Below this number (March 1973) it is no time: 20260302 is a date that was written as a number."""
Amounts = Literal["decimal", "minor"]


def _fields_of(kind: Any, body: Any = None) -> Iterator[str]:
    """The names of all fields of this type, or lists of it, in the bodies of facts and in the objects inside them."""
    for each in BODIES.values() if body is None else (body,):
        for field in msgspec.structs.fields(each):
            for part in _parts(field.type):
                if part == kind:
                    yield field.name
                elif isinstance(part, type) and issubclass(part, msgspec.Struct):
                    yield from _fields_of(kind, part)


def _parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    for inner in get_args(annotation):
        yield from _parts(inner)


TIMES, AMOUNTS, IDS = (frozenset(_fields_of(kind)) for kind in (Time, Amount, Id))


def plain(attribute: Mapping[str, Any]) -> Any:
    """An attribute value in plain Python: numbers are exact, sets are sorted lists, bytes stay text in Base64."""
    ((kind, value),) = attribute.items()
    match kind:
        case "N":
            return _number(value)
        case "M":
            return {name: plain(inner) for name, inner in value.items()}
        case "L":
            return [plain(inner) for inner in value]
        case "NS":
            return sorted(map(_number, value))
        case "SS" | "BS":
            return sorted(value)
        case "NULL":
            return None
        case _:
            return value


def without_empty(value: Any) -> Any:
    """A value without the nulls and empty texts in it; None if nothing remains."""
    match value:
        case Mapping():
            kept = {name: without_empty(inner) for name, inner in value.items()}
            return {name: inner for name, inner in kept.items() if inner is not None} or None
        case list():
            return [inner for each in value if (inner := _element(each)) is not None]
        case "":
            return None
        case _:
            return value


def _element(value: Any) -> Any:
    """An element of a list: an object without values stays, so that an invalid line is an error, not a missing line."""
    inner = without_empty(value)
    return {} if inner is None and isinstance(value, Mapping) else inner


def fitted(body: Mapping[str, Any], zone: str, amounts: Amounts) -> dict[str, Any]:
    """A body with its times as ISO 8601, its amounts in minor units, and its ids as text.

    ``zone`` is for times without an offset. Raises ``InvalidFact`` for an invalid time or amount.
    """

    def fit(name: str, value: Any, path: str) -> Any:
        if isinstance(value, Mapping):
            return {inner: fit(inner, each, f"{path}.{inner}") for inner, each in value.items()}
        if isinstance(value, list):
            return [fit(name, each, f"{path}[{number}]") for number, each in enumerate(value)]
        try:
            if name in TIMES:
                return _time(value, zone)
            if name in AMOUNTS and amounts == "decimal":
                return _minor(value, body.get("currency"))
        except (ValueError, OverflowError, InvalidOperation, TypeError):
            expected = "a time: ISO 8601, or seconds since 1970" if name in TIMES else "an amount of this currency"
            raise InvalidFact(path, f"expected {expected}") from None
        return str(value) if name in IDS and isinstance(value, int) and not isinstance(value, bool) else value

    return {name: fit(name, value, f"$.{name}") for name, value in body.items()}


def is_usable(name: str, value: object) -> bool:
    """Whether a converted value is valid for the field ``name``: an address and its flag, a currency or a time."""
    if name == "email_verified":
        return isinstance(value, bool)
    if not isinstance(value, str):
        return False
    if name == "email":
        return texts.address(value) == value
    return is_currency(value) if name == "currency" else times.is_accepted(datetime.fromisoformat(value))


def _number(text: str) -> int | Decimal:
    value = Decimal(text)
    if not value.is_finite():
        raise ValueError("not a finite number")
    return int(value) if value == value.to_integral_value() else value


def _time(value: Any, zone: str) -> str:
    if isinstance(value, str) and not (value.isascii() and value.isdecimal() and len(value) > 8):
        found = datetime.fromisoformat(value.strip())
        return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC).isoformat()
    number = Decimal(str(value))
    if number < SECONDS:
        raise ValueError("not a time")
    milliseconds = number if number >= MILLISECONDS else number * 1000
    return (EPOCH + timedelta(milliseconds=int(milliseconds))).isoformat()


def _minor(value: Any, currency: object) -> int:
    if not isinstance(currency, str) or not is_currency(currency):
        raise ValueError
    return minor_units(Decimal(str(value).strip()), currency)
