"""What is known of a customer: the facts, as the shop's systems told them.

All times are aware UTC. ``at`` is the source's own time of the fact; of two versions the later one holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.money import Money

EMAIL = "email"


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
    """The profile. ``key`` is opaque; ``zone`` an IANA name; ``language`` an ISO 639-1 code; ``country`` ISO 3166."""

    key: str
    at: datetime
    email: str | None = None
    name: str | None = None
    language: str = "en"
    country: str | None = None
    zone: str | None = None
    consents: Mapping[Purpose, Consent] = field(default_factory=dict)
    erased: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a cart or an order."""

    product: str
    name: str
    quantity: int = 1
    price: int = 0


@dataclass(frozen=True, slots=True)
class Cart:
    """A cart as it was at ``at``, its last activity; without lines it is empty."""

    id: str
    at: datetime
    total: Money
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """An order. ``refunded`` is in the order's currency; ``referred`` tells that another customer brought this one."""

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

    @property
    def net(self) -> int:
        """Revenue net of refunds, in minor units; a cancelled order brings nothing."""
        return 0 if self.cancelled_at else self.total.amount - self.refunded


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
