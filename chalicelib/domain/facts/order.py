"""Orders, refunds and cancellations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.money import Money


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
