"""A shop's own table changed: store the facts in its items, and handle removed items."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.inbound import ErasureRequest, Inbound, InboundFact
from chalicelib.domain.facts.order import Cancellation, Order
from chalicelib.domain.money import Money

AFTER = timedelta(milliseconds=1)
"""A removal is at least this much later than its item's facts, although streams give only whole seconds."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A fact in an item, or a fact that was in an item until it was removed at ``removed_at``."""

    incoming: InboundFact
    removed_at: datetime | None = None


@dataclass(frozen=True)
class Adopt:
    """Stores the facts of one record of a table's stream. ``take`` stores facts; repeating it changes nothing."""

    take: Callable[[Sequence[Inbound]], int]

    def __call__(self, seen: Sequence[Seen]) -> None:
        """Store all facts of one record."""
        self.take([inbound_of(each) for each in seen])


def inbound_of(seen: Seen) -> Inbound:
    """The fact itself; for a removed item: an emptied cart, a cancelled order, or a customer to erase."""
    if seen.removed_at is None:
        return seen.incoming
    match seen.incoming:
        case InboundFact(Cart() as cart, person):
            at = max(seen.removed_at, cart.at + AFTER)
            return InboundFact(replace(cart, at=at, lines=(), total=Money(0, cart.total.currency)), person)
        case InboundFact(Order() as order, person):
            return InboundFact(Cancellation(order.id, max(seen.removed_at, order.at + AFTER)), person)
        case InboundFact(Customer(), person) if person:
            return ErasureRequest(person)
        case _:
            raise InvalidFact("kind", "expected a customer, a cart or an order")
