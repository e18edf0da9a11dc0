"""Carts and orders of the simulated shoppers, as bodies for ``POST /v1/facts``, and their orders of the past year."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from infra.demo.catalogue import CURRENCY, PRODUCTS, DemoProduct
from infra.demo.people import DemoCustomer, Habits, dice

GIVES_UP = 0.26
"""The probability, after each order, that the customer never orders again."""
MOST_PAST_ORDERS = 9

Lines = tuple[tuple[DemoProduct, int], ...]


def total(lines: Lines) -> int:
    """The cost of the lines, in minor units."""
    return sum(product.price * pieces for product, pieces in lines)


def some_lines(chance: Random, products: Sequence[DemoProduct], spending: float) -> Lines:
    """One to three different products, if there are enough; customers who spend more take more pieces."""
    different = min(chance.choices((1, 2, 3), (6, 3, 1))[0], len(products))
    chosen = chance.sample(list(products), different)
    return tuple((product, 2 if chance.random() < 0.25 * spending else 1) for product in chosen)


def cart_fact(customer: str, cart: str, at: datetime, lines: Lines) -> dict[str, Any]:
    """The cart as it is at ``at``."""
    return {
        "type": "cart",
        "customer_id": customer,
        "id": cart,
        "at": at.isoformat(),
        "total": total(lines),
        "currency": CURRENCY,
        "lines": [
            {"product": product.id, "name": product.name, "quantity": pieces, "price": product.price}
            for product, pieces in lines
        ],
    }


@dataclass(frozen=True, slots=True)
class Purchase:
    """An order as it is now; ``percent`` is the discount of its coupon."""

    id: str
    customer: str
    placed_at: datetime
    lines: Lines
    at: datetime
    cart: str | None = None
    coupon: str | None = None
    percent: int = 0
    refunded: int = 0
    fulfilled_at: datetime | None = None
    cancelled_at: datetime | None = None

    @property
    def total(self) -> int:
        """The paid amount, in minor units."""
        return total(self.lines) * (100 - self.percent) // 100

    def fulfilled(self, at: datetime) -> "Purchase":
        """The order when its parcel has arrived."""
        return replace(self, at=at, fulfilled_at=at)

    def cancelled(self, at: datetime) -> "Purchase":
        """The order after it was cancelled."""
        return replace(self, at=at, cancelled_at=at)

    def returned(self, at: datetime) -> "Purchase":
        """The order after its first line was returned and its price refunded."""
        product, pieces = self.lines[0]
        return replace(self, at=at, refunded=product.price * pieces * (100 - self.percent) // 100)

    def fact(self) -> dict[str, Any]:
        """The body for ``POST /v1/facts``."""
        known = {
            "cart_id": self.cart,
            "coupon": self.coupon,
            "fulfilled_at": self.fulfilled_at.isoformat() if self.fulfilled_at else None,
            "cancelled_at": self.cancelled_at.isoformat() if self.cancelled_at else None,
        }
        return {
            "type": "order",
            "customer_id": self.customer,
            "id": self.id,
            "placed_at": self.placed_at.isoformat(),
            "at": self.at.isoformat(),
            "total": self.total,
            "currency": CURRENCY,
            "refunded": self.refunded,
            "products": [product.id for product, _ in self.lines],
            **{name: value for name, value in known.items() if value},
        }


@dataclass(frozen=True, slots=True)
class Past:
    """A customer's past year: the orders, oldest first, and whether the customer will never order again."""

    purchases: tuple[Purchase, ...]
    is_gone: bool


def past(seed: int, person: DemoCustomer, habits: Habits, now: datetime) -> Past:
    """The orders between the day the customer came and ``now``; one in fourteen came and never ordered."""
    chance = dice(seed, "past", person.number)
    if chance.random() < 0.07:
        return Past((), is_gone=chance.random() < 0.5)
    usual = [product for product in PRODUCTS if product.launch is None]
    found: list[Purchase] = []
    at = person.since + timedelta(minutes=chance.uniform(5, 90))
    while at < now and len(found) < MOST_PAST_ORDERS:
        bought = some_lines(chance, usual, habits.spending)
        order = Purchase(f"{person.id}-{len(found) + 1}", person.id, at, bought, at)
        found.append(_afterwards(order, chance, now))
        if chance.random() < GIVES_UP:
            return Past(tuple(found), is_gone=True)
        at += timedelta(days=2 + chance.expovariate(habits.orders_a_year / 365))
    return Past(tuple(found), is_gone=False)


def _afterwards(order: Purchase, chance: Random, now: datetime) -> Purchase:
    """The order as it is now: nearly all have arrived, a few were returned in part or cancelled."""
    arrived = order.placed_at + timedelta(days=chance.uniform(2, 6))
    back = arrived + timedelta(days=chance.uniform(1, 9))
    fate = chance.random()
    if fate < 0.02:
        return order.cancelled(min(now, order.placed_at + timedelta(hours=5)))
    if arrived > now:
        return order
    order = order.fulfilled(arrived)
    return order.returned(back) if fate < 0.06 and back <= now else order
