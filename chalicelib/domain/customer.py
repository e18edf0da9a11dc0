"""What is known of a customer: the facts, as the shop's systems told them.

All times are aware UTC. ``at`` is the source's own time of the fact; of two versions the later one holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from chalicelib.domain.money import Money

EMAIL = "email"
NEVER = datetime.min.replace(tzinfo=UTC)
"""When something was told that nobody has told yet."""
PROFILE = ("email", "name", "language", "country", "zone")


class Purpose(StrEnum):
    """Why a message is sent: advertising needs consent, service (about one's own order) does not."""

    MARKETING = "marketing"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Consent:
    """A customer's word on one purpose: given or refused, when, how the shop learnt it, and for which channels."""

    given: bool
    at: datetime
    source: str = "shop"
    channels: tuple[str, ...] = (EMAIL,)


@dataclass(frozen=True, slots=True)
class Customer:
    """The profile. ``key`` is opaque; ``zone`` an IANA name; ``language`` an ISO 639-1 code; ``country`` ISO 3166.

    Sources tell a profile whole or in parts: ``since`` says when a field was told, where that was not at ``at``.
    """

    key: str
    at: datetime
    email: str | None = None
    name: str | None = None
    language: str = "en"
    country: str | None = None
    zone: str | None = None
    consents: Mapping[Purpose, Consent] = field(default_factory=dict)
    erased: bool = False
    since: Mapping[str, datetime] = field(default_factory=dict)

    @classmethod
    def told(cls, at: datetime, consents: Mapping[Purpose, Consent] | None = None, **fields: Any) -> Customer:
        """What a source that knows a part of the profile tells: these fields, and nothing of the others."""
        untold = {name: NEVER for name in PROFILE if name not in fields}
        return cls("", at, consents=consents or {}, since=untold, **fields)

    def told_at(self, name: str) -> datetime:
        """When this field of the profile was told."""
        return self.since.get(name, self.at)

    def without_address(self) -> Customer:
        """The same, nothing told of the address."""
        return replace(self, email=None, since={**self.since, EMAIL: NEVER})

    def joined(self, other: Customer) -> Customer:
        """All that both versions tell of one person: each field, and each consent, from where it was told last.

        It does not matter which of them came first, nor how often.
        """
        at = max(self.at, other.at)
        fields: dict[str, Any] = {}
        since: dict[str, datetime] = {}
        for name in PROFILE:
            later = max(self, other, key=lambda version: (version.told_at(name), str(getattr(version, name) or "")))
            fields[name] = getattr(later, name)
            if later.told_at(name) != at:
                since[name] = later.told_at(name)
        consents = dict(self.consents)
        for purpose, consent in other.consents.items():
            consents[purpose] = max(consents.get(purpose, consent), consent, key=_weight)
        return Customer(
            self.key,
            at,
            **fields,
            consents={purpose: consents[purpose] for purpose in sorted(consents)},
            erased=self.erased or other.erased,
            since=since,
        )


def _weight(consent: Consent) -> tuple[datetime, bool, str, tuple[str, ...]]:
    """The later word holds; of two at one time the refusal."""
    return consent.at, not consent.given, consent.source, consent.channels


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a cart or an order."""

    product: str
    name: str
    quantity: int = 1
    price: int = 0


@dataclass(frozen=True, slots=True)
class LineChange:
    """Pieces put into a cart, or taken out (``line.quantity`` is below 0); ``id`` is the source's own of this word.

    ``currency`` is the price's, or ``NO_CURRENCY`` where no price was told.
    """

    id: str
    at: datetime
    line: Line
    currency: str


@dataclass(frozen=True, slots=True)
class CartParts:
    """What a cart is made of whose source tells changes: those since it was told whole, and that version, if any."""

    changes: tuple[LineChange, ...]
    whole: Cart | None = None


@dataclass(frozen=True, slots=True)
class Cart:
    """A cart as it was at ``at``, its last activity; without lines it is empty. ``parts``: None where told whole."""

    id: str
    at: datetime
    total: Money
    lines: tuple[Line, ...] = ()
    parts: CartParts | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order. ``refunded`` is in the order's currency; ``referred`` tells that another customer brought this one.

    ``repeats``: its source tells it again whenever its page is opened, and the first word holds.
    """

    id: str
    placed_at: datetime
    total: Money
    at: datetime
    refunded: int = 0
    products: tuple[str, ...] = ()
    cart_id: str | None = None
    fulfilled_at: datetime | None = None
    cancelled_at: datetime | None = None
    coupon: str | None = None
    referred: bool = False
    repeats: bool | None = None

    @property
    def net(self) -> int:
        """Revenue net of refunds, in minor units; a cancelled order brings nothing."""
        return 0 if self.cancelled_at else self.total.amount - self.refunded


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back for an order, where a source tells refunds one by one.

    ``currency`` None is the order's own; in another currency it cannot be counted against the order, and is not.
    """

    order_id: str
    id: str
    at: datetime
    amount: int
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Cancellation:
    """An order was called off, where a source tells that apart from the order; a later word of the order undoes it."""

    order_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Launch:
    """What early access is given to. ``early_by`` tells by tier how long before ``opens_at`` its members may buy."""

    id: str
    at: datetime
    name: str
    products: tuple[str, ...]
    segment: str
    opens_at: datetime
    ends_at: datetime
    early_by: Mapping[str, timedelta] = field(default_factory=dict)
    withdrawn: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A survey's answer about one order: NPS score 0..10. A detractor's answer opens a case until it is closed."""

    order_id: str
    at: datetime
    score: int
    comment: str = ""
    case_closed_at: datetime | None = None

    @property
    def has_open_case(self) -> bool:
        """Whether the team still owes this customer a reaction."""
        return self.score <= DETRACTOR_AT_MOST and self.case_closed_at is None


DETRACTOR_AT_MOST = 6


@dataclass(frozen=True, slots=True)
class Unsubscription:
    """The customer refused a purpose through a mail's own link; ``enrollment`` and ``step`` tell which mail's."""

    purpose: Purpose
    at: datetime
    enrollment: str | None = None
    step: str | None = None


@dataclass(frozen=True, slots=True)
class Merged:
    """This customer turned out to be another one, the older: all that is known moves there."""

    into: str
    since: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Erasure:
    """The customer asked to be forgotten: all that is known goes."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one customer, read together; ``launch`` is the one an enrollment is about, if any."""

    customer: Customer
    carts: Mapping[str, Cart] = field(default_factory=dict)
    orders: Mapping[str, Order] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    unsubscriptions: Mapping[Purpose, Unsubscription] = field(default_factory=dict)
    launch: Launch | None = None

    def consent(self, purpose: Purpose) -> Consent | None:
        """The latest word on ``purpose``: the profile's, or a refusal through a mail if that came later."""
        told = self.customer.consents.get(purpose)
        refusal = self.unsubscriptions.get(purpose)
        if refusal and (told is None or refusal.at >= told.at):
            return Consent(given=False, at=refusal.at, source="unsubscribe")
        return told
