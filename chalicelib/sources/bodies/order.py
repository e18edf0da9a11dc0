"""An order."""

from typing import Annotated

from msgspec import Meta

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.inbound import InboundFact, order_name
from chalicelib.domain.facts.order import Order
from chalicelib.domain.money import Money
from chalicelib.sources.bodies.body import OwnedBody
from chalicelib.sources.fields import Amount, Currency, Id, Time
from chalicelib.sources.reading.carts import MOST_PRODUCTS
from chalicelib.sources.reading.times import truncated


class OrderBody(OwnedBody, kw_only=True, tag="order"):
    """An order as it is now. ``at`` is the time of its last change, by default when it was placed or cancelled.

    When it is fulfilled is no default: it may be planned, and told again, after a change that it does not know of.
    """

    id: Id
    placed_at: Time
    total: Amount
    currency: Currency
    at: Time | None = None
    refunded: Amount = 0
    products: Annotated[tuple[Id, ...], Meta(max_length=MOST_PRODUCTS)] = ()
    cart_id: Id | None = None
    fulfilled_at: Time | None = None
    cancelled_at: Time | None = None
    coupon: Id | None = None
    referred: bool = False

    def fact(self, path: str) -> InboundFact:
        """As a fact; raises ``InvalidFact``."""
        self.check_times(path)
        if self.refunded > self.total:
            raise InvalidFact(f"{path}.refunded", "expected no more than the total")
        fact = Order(
            id=self.id,
            placed_at=truncated(self.placed_at),
            total=Money(self.total, self.currency),
            at=truncated(self.at or max(self.placed_at, self.cancelled_at or self.placed_at)),
            refunded=self.refunded,
            products=self.products,
            cart_id=self.cart_id,
            fulfilled_at=truncated(self.fulfilled_at) if self.fulfilled_at else None,
            cancelled_at=truncated(self.cancelled_at) if self.cancelled_at else None,
            coupon=self.coupon,
            referred=self.referred,
        )
        return InboundFact(fact, self.owner(path, order_name(self.id)))
