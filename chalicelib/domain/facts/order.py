"""Orders, refunds and cancellations, and what happens to orders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from chalicelib.domain.facts.fact import Event, Fact
from chalicelib.domain.money import Money


@dataclass(frozen=True, slots=True)
class Order(Fact):
    """An order. ``refunded`` is in the order's currency; ``referred``: another customer brought this one.

    ``repeats``: its source reports it again whenever its page is opened, and the first report counts.
    """

    kind: ClassVar[str] = "order"
    named_by: ClassVar[tuple[str, ...]] = ("id",)
    announced: ClassVar[tuple[str, ...]] = ("fulfilled_at",)
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
        """Revenue net of refunds, in minor units; a cancelled order brings nothing, and none less than nothing."""
        return 0 if self.cancelled_at else max(0, self.total.amount - self.refunded)

    @property
    def is_refunded(self) -> bool:
        """Whether all that was paid was given back, something at least: it may be edited to nothing after that."""
        return 0 < self.refunded >= self.total.amount

    @property
    def is_kept(self) -> bool:
        """Whether it is still an order: neither cancelled nor wholly refunded."""
        return not (self.cancelled_at or self.is_refunded)

    def events(self) -> Iterator[Event]:
        """All that has happened to it so far."""
        yield OrderPlaced(self.id, self.placed_at, self)
        if self.fulfilled_at:
            yield OrderFulfilled(self.id, self.fulfilled_at, self)
        if self.cancelled_at:
            yield OrderCancelled(self.id, self.cancelled_at, self)
        if self.is_refunded:
            yield OrderRefunded(self.id, self.at, self)


@dataclass(frozen=True, slots=True)
class Refund(Fact):
    """Money given back for an order, if a source reports refunds one by one.

    ``currency`` None is the order's own; in another currency it cannot be counted against the order, and is not.
    """

    kind: ClassVar[str] = "refund"
    named_by: ClassVar[tuple[str, ...]] = ("order_id", "id")
    order_id: str
    id: str
    at: datetime
    amount: int
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Cancellation(Fact):
    """An order was cancelled, if a source reports that apart from the order; a later version of the order undoes it."""

    kind: ClassVar[str] = "cancellation"
    named_by: ClassVar[tuple[str, ...]] = ("order_id",)
    order_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderPlaced(Event):
    """An order was placed. Its ``cart_id`` is the cart it came from, if the shop reports it."""

    key_name: ClassVar[str] = "order_id"
    enrolls: ClassVar[bool] = True
    order: Order

    @property
    def cart_id(self) -> str | None:
        """The cart that became this order."""
        return self.order.cart_id


@dataclass(frozen=True, slots=True)
class OrderFulfilled(Event):
    """An order was fulfilled: its last parcel was sent, or it was handed over."""

    key_name: ClassVar[str] = "order_id"
    enrolls: ClassVar[bool] = True
    is_announced: ClassVar[bool] = True
    order: Order


@dataclass(frozen=True, slots=True)
class OrderCancelled(Event):
    """An order was cancelled."""

    key_name: ClassVar[str] = "order_id"
    enrolls: ClassVar[bool] = True
    order: Order


@dataclass(frozen=True, slots=True)
class OrderRefunded(Event):
    """An order was wholly refunded; its time is that of the order's last version."""

    key_name: ClassVar[str] = "order_id"
    order: Order
