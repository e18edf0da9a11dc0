"""Take what the shop's systems tell: find out whom it is about, and keep each fact unless something newer is there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, assert_never

from chalicelib.domain.customer import Erasure, Order
from chalicelib.domain.errors import Erased
from chalicelib.domain.events import Fact
from chalicelib.domain.incoming import ErasureRequest, Incoming, Person, Told
from chalicelib.services.identify import Identify

REMEMBERED = timedelta(days=14)
"""How long a webhook's delivery is known again: senders give up after five days at most (Standard Webhooks)."""


VISITORS_KEPT = timedelta(days=90)
"""For so long it is kept what is told of a visitor whom nobody knows yet."""


class FactStore(Protocol):
    """Where facts are kept."""

    def put(self, customer: str, fact: Fact, *, past: bool = False) -> bool: ...
    def put_once(self, customer: str, fact: Fact) -> bool: ...
    def redeem_coupon(self, code: str, order_id: str) -> bool: ...
    def is_delivered(self, source: str, delivery_id: str) -> bool: ...
    def remember_delivery(self, source: str, delivery_id: str, until: datetime) -> None: ...


@dataclass(frozen=True)
class Ingest:
    """Stores facts. What they set going happens on the table's stream."""

    store: FactStore
    identify: Identify
    clock: Callable[[], datetime]

    def __call__(self, told: Sequence[Told], *, past: bool = False) -> int:
        """Store what was told, in its order; returns how much was new (the rest was known, or older than what is).

        ``past``: it is history, and begins no journey. What is told of people who asked to be forgotten is not kept.
        """
        return sum(self._one(each, past) for each in told)

    def delivery(self, source: str, delivery_id: str, told: Sequence[Told]) -> int | None:
        """Store what one delivery of a webhook told; None when this delivery was taken before.

        It is remembered when all is stored: a crash before leaves it to be sent again, which changes nothing twice.
        """
        if self.store.is_delivered(source, delivery_id):
            return None
        stored = self(told)
        self.store.remember_delivery(source, delivery_id, self.clock() + REMEMBERED)
        return stored

    def _one(self, told: Told, past: bool) -> bool:
        try:
            match told:
                case ErasureRequest(person):
                    customer = self.identify(person, self.clock())
                    return customer is not None and self.store.put_once(customer, Erasure(self.clock()))
                case Incoming(fact, person):
                    return self._fact(fact, person, past) if person else self.store.put("", fact, past=past)
                case _:
                    assert_never(told)
        except Erased:
            return False

    def _fact(self, fact: Fact, person: Person, past: bool) -> bool:
        customer = self.identify(person, fact.at)
        if customer is None:
            stored = self.identify.keep(person, fact, self.clock() + VISITORS_KEPT)
        else:
            stored = self.store.put(customer, fact, past=past)
        if stored and isinstance(fact, Order) and fact.coupon:
            self.store.redeem_coupon(fact.coupon, fact.id)
        return stored
