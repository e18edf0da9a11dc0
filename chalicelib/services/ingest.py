"""Take what the shop's systems tell: find out whom it is about, and keep each fact unless something newer is there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from chalicelib.domain.errors import Erased
from chalicelib.domain.facts.customer import Customer, Erasure
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.inbound import ErasureRequest, Inbound, InboundFact, Person
from chalicelib.domain.facts.order import Order
from chalicelib.services.identify import Identify
from chalicelib.services.ports import CouponStore, DeliveryStore, FactStore

REMEMBERED = timedelta(days=14)
"""How long a webhook's delivery is known again: senders give up after five days at most (Standard Webhooks)."""


VISITORS_KEPT = timedelta(days=90)
"""For so long the facts of an unknown visitor are kept."""


@dataclass(frozen=True)
class Ingest:
    """Stores facts. What they set going happens on the table's stream."""

    store: FactStore
    coupons: CouponStore
    deliveries: DeliveryStore
    identify: Identify
    clock: Callable[[], datetime]

    def __call__(self, arrived: Sequence[Inbound], *, past: bool = False) -> int:
        """Store facts in their order; returns how much was new (the rest was known, or older than what is).

        ``past``: it is history, and begins no journey. Facts of people who asked to be forgotten are not kept.
        """
        return sum(self._one(each, past) for each in arrived)

    def delivery(self, source: str, delivery_id: str, arrived: Sequence[Inbound]) -> int | None:
        """Store the facts of one delivery of a webhook; None when this delivery was stored before.

        It is remembered when all is stored: a crash before leaves it to be sent again, which changes nothing twice.
        """
        if self.deliveries.is_delivered(source, delivery_id):
            return None
        stored = self(arrived)
        self.deliveries.record(source, delivery_id, self.clock() + REMEMBERED)
        return stored

    def _one(self, arrived: Inbound, past: bool) -> bool:
        try:
            match arrived:
                case ErasureRequest(person):
                    return self._forget(person)
                case InboundFact(fact, person):
                    return self._fact(fact, person, past) if person else self.store.put("", fact, past=past)
                case _:
                    assert_never(arrived)
        except Erased as error:
            if arrived.person and error.has_new_names:  # they are the forgotten person's too
                self._forget(arrived.person.without_visits())
            return False

    def _forget(self, person: Person) -> bool:
        customer = self.identify(person, self.clock(), even_erased=True)
        return customer is not None and self.store.put_once(customer, Erasure(self.clock()))

    def _fact(self, fact: Fact, person: Person, past: bool) -> bool:
        customer, is_without_address = self.identify.whose(fact, person, fact.at)
        if is_without_address and isinstance(fact, Customer):
            fact = fact.without_address()
        if customer is None:
            stored = self.identify.keep(person, fact, self.clock() + VISITORS_KEPT)
        else:
            stored = self.store.put(customer, fact, past=past)
            self.identify.settle(fact, person, customer)
        if isinstance(fact, Order) and fact.coupon:  # also when it is known: whoever stored it may not have come so far
            self.coupons.redeem(fact.coupon, fact.id)
        return stored
