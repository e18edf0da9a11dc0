"""Take facts from outside: find out whose they are, and keep each unless something newer is there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from chalicelib.domain.customer import Customer, Order
from chalicelib.domain.events import Fact


@dataclass(frozen=True, slots=True)
class Incoming:
    """A valid fact and the person it is about, as its source names them; a launch is about nobody."""

    fact: Fact
    customer_id: str = ""
    email: str | None = None


class FactStore(Protocol):
    """Where facts are kept."""

    def customer_key(self, source: str, customer_id: str, email: str | None = None) -> str: ...
    def put(self, customer: str, fact: Fact) -> bool: ...
    def redeem_coupon(self, code: str, order_id: str) -> bool: ...


@dataclass(frozen=True)
class Ingest:
    """Stores facts. What they set going happens on the table's stream."""

    store: FactStore

    def __call__(self, facts: Sequence[Incoming], source: str = "shop") -> int:
        """Store the facts in their order; returns how many were new (the others were older than what is stored)."""
        return sum(self._one(incoming, source) for incoming in facts)

    def _one(self, incoming: Incoming, source: str) -> bool:
        fact, key = incoming.fact, ""
        if incoming.customer_id:
            key = self.store.customer_key(source, incoming.customer_id, incoming.email)
        if isinstance(fact, Customer):
            fact = replace(fact, key=key)
        stored = self.store.put(key, fact)
        if stored and isinstance(fact, Order) and fact.coupon:
            self.store.redeem_coupon(fact.coupon, fact.id)
        return stored
