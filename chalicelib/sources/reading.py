"""What the readers of several sources share.

They are strict about what facts are told apart and counted by (ids, times, money), and lenient about what people type:
an address, a name, a language or a country that is none is left out, so that an order is not lost for it.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.cart import Cart, Line
from chalicelib.domain.facts.consent import Consent, Purpose
from chalicelib.domain.facts.customer import PROFILE, Customer
from chalicelib.domain.facts.inbound import InboundFact, Person
from chalicelib.domain.money import NO_CURRENCY, Money, minor_units, rounded_units
from chalicelib.domain.time import NEVER
from chalicelib.sources.bodies import BLANK, EARLIEST, LATEST, MOST_LINES, NO_SPACES, Email, decoded, fitting, trimmed

Token = Annotated[str, Meta(pattern=NO_SPACES)]
"""An id without ``#``, which parts the pieces of a key."""
Blank = Annotated[str, Meta(pattern=BLANK)] | None
"""The same where it may be missing."""
Id = Annotated[int, Meta(ge=0, le=2**63 - 1)] | Token
MOST_PIECES = 10**6
Quantity = Annotated[int, Meta(ge=0, le=MOST_PIECES)]
Time = Annotated[datetime, Meta(tz=True)]
LONGEST_NAME = 200
LONGEST_PRODUCT = 650
"""Bytes of JSON; 500 of them stay below what can be stored, and the 200 letters of most names are within."""
MOST_AMOUNT = 10**15
_CODE = re.compile(r"[A-Za-z0-9_.:/+=-]{1,128}")
_ISSUED = re.compile(r"[A-Z2-7]{10}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_LANGUAGE = re.compile(r"([a-z]{2})(?![A-Za-z])")


class Loose(msgspec.Struct, kw_only=True):
    """A part of a body of which only some fields are wanted."""


def unwrapped(body: bytes, name: str, kind: Any) -> tuple[Any, str]:
    """The body as this type, and its path; older versions wrap it as ``{"order": {...}}``. Raises ``InvalidFact``."""
    fields: Any = decoded(body, dict[str, msgspec.Raw])
    path = f"$.{name}" if fields.keys() == {name} else "$"
    return decoded(fields[name] if path != "$" else body, kind, path), path


def moment(path: str, at: datetime) -> datetime:
    """A time as it is kept: UTC, to the millisecond; raises ``InvalidFact`` for one that no shop means."""
    if not EARLIEST <= at.year <= LATEST:
        raise InvalidFact(path, f"expected a time between {EARLIEST} and {LATEST}")
    return trimmed(at if at.tzinfo else at.replace(tzinfo=UTC))


def moment_of(path: str, body: msgspec.Struct, field: str) -> datetime | None:
    """A body's own time, if it has this one; raises ``InvalidFact``."""
    value: datetime | None = getattr(body, field)
    return None if value is None else moment(f"{path}.{field}", value)


def lenient(raw: msgspec.Raw, kind: Any) -> Any:
    """A value of which nothing depends: None where it is anything else."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def amount(path: str, value: Decimal, currency: str) -> int:
    """Minor units, exactly; raises ``InvalidFact`` for an amount that is finer than its currency, or negative."""
    return _minor(path, value, currency, minor_units)


def rounded(path: str, value: Decimal, currency: str) -> Money:
    """An amount, half a minor unit rounded up, of a source whose amounts may be finer than their currency.

    Raises ``InvalidFact`` for one that is negative.
    """
    return Money(_minor(path, value, currency, rounded_units), currency)


def _minor(path: str, value: Decimal, currency: str, read: Callable[[Decimal, str], int]) -> int:
    try:
        minor = read(value, currency)
    except ValueError as error:
        raise InvalidFact(path, str(error)) from None
    if not 0 <= minor <= MOST_AMOUNT:
        raise InvalidFact(path, f"expected between 0 and {MOST_AMOUNT} minor units of {currency}")
    return minor


def money(path: str, value: Decimal, currency: str) -> Money:
    """An amount with its currency; raises ``InvalidFact``."""
    return Money(amount(path, value, currency), currency)


def pieces(path: str, quantity: Decimal) -> int:
    """A quantity as some systems tell it; a part of a piece is one. Raises ``InvalidFact``."""
    if not (quantity.is_finite() and 0 <= quantity <= MOST_PIECES):
        raise InvalidFact(path, f"expected a quantity from 0 to {MOST_PIECES}")
    return int(quantity.to_integral_value(ROUND_CEILING))


def line(product: object, name: str | None, quantity: int, price: int) -> Line:
    """A line; a product without an id is known by its name, as far as an order of 500 such products can be stored."""
    told = (name or "").strip()[:LONGEST_NAME]
    known_by = str(product if product is not None else told or "product")[:LONGEST_NAME]
    return Line(cut(known_by, LONGEST_PRODUCT), told or "–", quantity, price)


def cut(text: str, most: int) -> str:
    """So much of a text as is at most so many bytes of JSON."""
    while len(msgspec.json.encode(text)) > most:
        text = text[:-1]
    return text


def cart(cart_id: str, at: datetime, total: Money | None, lines: Iterable[Line]) -> Cart:
    """A cart as it is at ``at``: so many of its lines as can be kept, those of nothing left out."""
    kept = fitting([each for each in lines if each.quantity][:MOST_LINES])
    return Cart(cart_id, at, total if total and kept else Money(0, NO_CURRENCY), kept)


def address(text: str | None) -> str | None:
    """An e-mail address, if it is one."""
    try:
        return msgspec.convert((text or "").strip(), Email)
    except msgspec.ValidationError:
        return None


def coupon(codes: Iterable[str | None]) -> str | None:
    """The code that could be one of those that are issued here, or else the first. Some systems write them small."""
    found = [code.upper() for code in codes if code and _CODE.fullmatch(code)]
    return next(filter(_ISSUED.fullmatch, found), found[0] if found else None)


def name(*parts: str | None) -> str | None:
    """A person's name, joined."""
    return " ".join(part.strip() for part in parts if part and part.strip())[:LONGEST_NAME] or None


def language(locale: str | None) -> str | None:
    """The ISO 639-1 code of a locale such as ``ko-KR``."""
    found = _LANGUAGE.match(locale or "")
    return found[1] if found else None


def country(code: str | None) -> str | None:
    """An ISO 3166 code."""
    return code if code and _COUNTRY.fullmatch(code) else None


def profile(
    at: datetime, consent: Consent | None = None, email: str | UnsetType | None = UNSET, **fields: str | None
) -> Customer:
    """What is told of a profile: an address, if it is said whether there is one, and what else is not None."""
    told: dict[str, str | None] = {field: value for field, value in fields.items() if value is not None}
    if email is not UNSET:
        told["email"] = email
    return Customer.told(at, {Purpose.MARKETING: consent} if consent else None, **told)


def told_of(person: Person, told: Customer) -> list[InboundFact]:
    """What is told of a person's profile, if it is anything at all."""
    is_told = told.consents or any(told.told_at(field) > NEVER for field in PROFILE)
    return [InboundFact(told, person)] if is_told else []


def gone(at: datetime, source: str) -> Customer:
    """The profile of somebody whom a shop deleted: no address any more, and nothing may be sent."""
    return profile(at, Consent(given=False, at=at, source=source), email=None)
