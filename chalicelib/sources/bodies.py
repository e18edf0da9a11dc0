"""The bodies that the API accepts, as types: what does not fit is one ``InvalidFact`` naming the field's path."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from chalicelib.domain import channel
from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.cart import Cart, Line
from chalicelib.domain.facts.consent import Consent, Purpose
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.inbound import InboundFact, Person
from chalicelib.domain.facts.launch import Launch
from chalicelib.domain.facts.order import Order
from chalicelib.domain.money import Money
from chalicelib.domain.standing.segments import SEGMENT_NAMES
from chalicelib.domain.standing.standing import Tier
from chalicelib.domain.time import is_zone

SOURCE = "shop"
"""Whose ids the facts told in these shapes bear: the shop's own."""
MOST_FACTS = 100
MOST_LINES = 300
LARGEST_FACT = 350_000
"""Bytes of a fact's JSON. It is one item of DynamoDB's, of 409,600 bytes at most; keys and versions need some too.

Only a cart's lines can be so many: a name may have 200 letters of four bytes, or six where one is written ``\\u0001``.
"""
EARLIEST, LATEST = 1970, 2200
"""Years."""
ID = r"^[A-Za-z0-9_.:/+=-]{1,128}$(?!\n)"
EMAIL_ADDRESS = r"^[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+$(?!\n)"
CURRENCY = r"^[A-Z]{3}$(?!\n)"
CHANNEL = r"^[a-z]{2,20}$(?!\n)"
LANGUAGE = r"^[a-z]{2}$(?!\n)"
COUNTRY = r"^[A-Z]{2}$(?!\n)"
URL = r"^https?://[^\s\"<>]+$"
NO_SPACES = r'^[!"$-~]{1,128}$(?!\n)'
BLANK = r'^[!"$-~]{0,128}$(?!\n)'
EXPECTED = {
    ID: "1 to 128 of the letters A to Z and a to z, digits, and _.:/+=-",
    EMAIL_ADDRESS: "an e-mail address",
    CURRENCY: "an ISO 4217 code such as USD",
    CHANNEL: "2 to 20 small letters such as email",
    LANGUAGE: "an ISO 639-1 code such as ko",
    COUNTRY: "an ISO 3166 code such as KR",
    URL: "a URL that begins with http:// or https://",
    NO_SPACES: "1 to 128 letters and signs, without spaces and #",
    BLANK: "at most 128 letters and signs, without spaces and #",
}
"""What somebody is told whose text does not match one of these."""
Id = Annotated[str, Meta(pattern=ID)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Email = Annotated[str, Meta(max_length=254, pattern=EMAIL_ADDRESS)]
Currency = Annotated[str, Meta(pattern=CURRENCY)]
Amount = Annotated[int, Meta(ge=0, le=10**15)]
Quantity = Annotated[int, Meta(ge=1, le=10**6)]
Channel = Annotated[str, Meta(pattern=CHANNEL)]
Time = Annotated[datetime, Meta(tz=True)]


class _Body(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    def check_times(self, path: str) -> None:
        """Raise ``InvalidFact`` for a time that no shop means: it would be beyond what can be counted with."""
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, datetime) and not EARLIEST <= value.year <= LATEST:
                raise InvalidFact(f"{path}.{name}", f"expected a time between {EARLIEST} and {LATEST}")


class ConsentBody(_Body):
    """A customer's word on a purpose."""

    given: bool
    at: Time
    source: Annotated[str, Meta(max_length=60)] = "shop"
    channels: Annotated[tuple[Channel, ...], Meta(max_length=20)] = (channel.Channel.EMAIL,)


class LineBody(_Body):
    """A line of a cart; ``price`` is of one piece, in minor units."""

    product: Id
    name: Name
    quantity: Quantity = 1
    price: Amount = 0


class CustomerBody(_Body, tag="customer"):
    """A customer's profile."""

    id: Id
    at: Time
    email: Email | None = None
    name: Name | None = None
    language: Annotated[str, Meta(pattern=LANGUAGE)] = "en"
    country: Annotated[str, Meta(pattern=COUNTRY)] | None = None
    time_zone: str | None = None
    consents: dict[Purpose, ConsentBody] = {}

    def incoming(self, path: str) -> InboundFact:
        """As a fact."""
        self.check_times(path)
        if self.time_zone is not None and not is_zone(self.time_zone):
            raise InvalidFact(f"{path}.time_zone", "expected an IANA time zone such as Asia/Seoul")
        for purpose, consent in self.consents.items():
            consent.check_times(f"{path}.consents.{purpose}")
        consents = {p: Consent(c.given, trimmed(c.at), c.source, c.channels) for p, c in self.consents.items()}
        fact = Customer(
            "", trimmed(self.at), self.email, self.name, self.language, self.country, self.time_zone, consents
        )  # fmt: skip
        return InboundFact(fact, Person(SOURCE, self.id, self.email))


class CartBody(_Body, tag="cart"):
    """A cart as it is now; without lines it is empty."""

    customer_id: Id
    id: Id
    at: Time
    total: Amount
    currency: Currency
    lines: Annotated[list[LineBody], Meta(max_length=MOST_LINES)] = []
    email: Email | None = None

    def incoming(self, path: str) -> InboundFact:
        """As a fact."""
        self.check_times(path)
        lines = tuple(Line(line.product, line.name, line.quantity, line.price) for line in self.lines)
        if len(fitting(lines)) < len(lines):
            raise InvalidFact(f"{path}.lines", f"expected at most {LARGEST_FACT} bytes of JSON")
        fact = Cart(self.id, trimmed(self.at), Money(self.total, self.currency), lines)
        return InboundFact(fact, Person(SOURCE, self.customer_id, self.email))


class OrderBody(_Body, tag="order"):
    """An order as it is now. ``at`` is the time of its last change, by default when it was placed."""

    customer_id: Id
    id: Id
    placed_at: Time
    total: Amount
    currency: Currency
    at: Time | None = None
    refunded: Amount = 0
    products: Annotated[list[Id], Meta(max_length=500)] = []
    cart_id: Id | None = None
    fulfilled_at: Time | None = None
    cancelled_at: Time | None = None
    coupon: Id | None = None
    referred: bool = False
    email: Email | None = None

    def incoming(self, path: str) -> InboundFact:
        """As a fact."""
        self.check_times(path)
        if self.refunded > self.total:
            raise InvalidFact(f"{path}.refunded", "expected no more than the total")
        fact = Order(
            id=self.id,
            placed_at=trimmed(self.placed_at),
            total=Money(self.total, self.currency),
            at=trimmed(self.at or max(filter(None, (self.placed_at, self.fulfilled_at, self.cancelled_at)))),
            refunded=self.refunded,
            products=tuple(self.products),
            cart_id=self.cart_id,
            fulfilled_at=trimmed(self.fulfilled_at) if self.fulfilled_at else None,
            cancelled_at=trimmed(self.cancelled_at) if self.cancelled_at else None,
            coupon=self.coupon,
            referred=self.referred,
        )
        return InboundFact(fact, Person(SOURCE, self.customer_id, self.email))


class LaunchBody(_Body, tag="launch"):
    """A launch. ``early_by``: hours of early access by tier."""

    id: Id
    at: Time
    name: Name
    products: Annotated[list[Id], Meta(min_length=1, max_length=500)]
    segment: Annotated[str, Meta(extra_json_schema={"enum": sorted(SEGMENT_NAMES)})]
    opens_at: Time
    ends_at: Time
    early_by: dict[Tier, Annotated[int, Meta(ge=1, le=24 * 60)]] = {}
    withdrawn: bool = False
    url: Annotated[str, Meta(max_length=500, pattern=URL)] | None = None

    def incoming(self, path: str) -> InboundFact:
        """As a fact."""
        self.check_times(path)
        if self.segment not in SEGMENT_NAMES:
            raise InvalidFact(f"{path}.segment", f"expected one of {', '.join(sorted(SEGMENT_NAMES))}")
        if self.ends_at <= self.opens_at:
            raise InvalidFact(f"{path}.ends_at", "expected a time after opens_at")
        fact = Launch(
            id=self.id,
            at=trimmed(self.at),
            name=self.name,
            products=tuple(self.products),
            segment=self.segment,
            opens_at=trimmed(self.opens_at),
            ends_at=trimmed(self.ends_at),
            early_by={str(tier): timedelta(hours=number) for tier, number in self.early_by.items()},
            withdrawn=self.withdrawn,
            url=self.url or "",
        )
        return InboundFact(fact)


FactBody = CustomerBody | CartBody | OrderBody | LaunchBody


class FactsBody(_Body):
    """Several facts at once, stored in their order."""

    facts: Annotated[list[FactBody], Meta(min_length=1, max_length=MOST_FACTS)]


class SurveyBody(_Body):
    """An answer to a survey."""

    score: Annotated[int, Meta(ge=0, le=10)]
    comment: Annotated[str, Meta(max_length=2000)] = ""


def facts_of(body: bytes) -> list[InboundFact]:
    """The facts in a request's body: one fact, or ``{"facts": [...]}``. Raises ``InvalidFact``; all or nothing."""
    many = _is_many(body)
    found: Any = decoded(body, FactsBody if many else FactBody)
    if not many:
        return [found.incoming("$")]
    return [fact.incoming(f"$.facts[{index}]") for index, fact in enumerate(found.facts)]


def survey_of(body: bytes) -> SurveyBody:
    """The answer in a JSON body. Raises ``InvalidFact``."""
    answer: SurveyBody = decoded(body, SurveyBody)
    return answer


def decoded(body: bytes | msgspec.Raw, kind: Any, path: str = "$") -> Any:
    """JSON as this type; raises ``InvalidFact`` with the path of what does not fit, ``path`` being the body's own."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        problem, _, where = str(error).replace(" - at `key` in `", " - at `").partition(" - at `")
        missing = re.fullmatch(r"Object (?:missing required|contains unknown) field `(\w+)`", problem)
        field = path + where.rstrip("`").removeprefix("$")
        raise InvalidFact(f"{field}.{missing[1]}" if missing else field, _sentence(problem)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidFact(path, "expected JSON") from None


def fitting(lines: Sequence[Line]) -> tuple[Line, ...]:
    """As many of a cart's lines as can be stored, from the first on."""
    room = LARGEST_FACT
    for number, line in enumerate(lines):
        room -= len(msgspec.json.encode(line)) + len(",")
        if room < 0:
            return tuple(lines[:number])
    return tuple(lines)


def trimmed(at: datetime) -> datetime:
    """In UTC, to the millisecond."""
    at = at.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _is_many(body: bytes) -> bool:
    found = decoded(body, Any)
    return isinstance(found, dict) and "facts" in found


def _sentence(problem: str) -> str:
    if problem.startswith("Object missing required field"):
        return "is required"
    if problem.startswith("Object contains unknown field"):
        return "is unknown"
    if problem.startswith("Invalid ") and "'" in problem:  # it quotes the value
        return "expected one of the known values"
    if pattern := re.fullmatch("Expected `str` matching regex (.*)", problem):
        return f"expected {_IN_WORDS[pattern[1]]}"
    return problem[0].lower() + problem[1:]


_IN_WORDS = {repr(pattern): words for pattern, words in EXPECTED.items()}
