"""Store what the shop's systems report: identify the customer, and store each fact unless a newer one is stored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from chalicelib.domain.errors import Erased
from chalicelib.domain.facts.customer import Customer, Erasure
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.inbound import AccountsMerged, ErasureRequest, Inbound, InboundFact, Person, not_ahead
from chalicelib.domain.facts.order import Order
from chalicelib.domain.time import NEVER
from chalicelib.services.identify import Identify
from chalicelib.services.ports import CouponStore, FactStore, WebhookDeliveryStore

REMEMBERED = timedelta(days=14)
"""How long a webhook's delivery is remembered: senders give up after five days at most (Standard Webhooks)."""


VISITORS_KEPT = timedelta(days=90)
"""How long the facts of an unknown visitor are kept."""


@dataclass(frozen=True)
class Ingest:
    """Stores facts. The table's stream starts the functions that react to them.

    ``trusted``: the sources that vouch for the addresses of their accounts.
    """

    store: FactStore
    coupons: CouponStore
    deliveries: WebhookDeliveryStore
    identify: Identify
    clock: Callable[[], datetime]
    trusted: frozenset[str] = frozenset()

    def __call__(self, arrived: Sequence[Inbound], *, past: bool = False) -> int:
        """Store facts in their order; returns how many were new (the others were stored already, or older).

        ``past``: they are history, and begin no journey. Facts about erased people are not stored. A time ahead of the
        clock is stored as of now, unless it may lie ahead by nature (``Fact.announced``).
        """
        return sum(self._one(each.trusted(self.trusted), past) for each in not_ahead(arrived, self.clock()))

    def delivery(
        self, source: str, delivery_id: str | None, arrived: Sequence[Inbound], notify: Callable[[], None]
    ) -> int:
        """Handle one delivery of a webhook: store its facts and ``notify``; nothing if this was done before.

        The delivery is recorded last: after a crash the sender repeats it, which stores nothing twice, but may notify
        twice. A delivery without an id is always handled.
        """
        if delivery_id is not None and self.deliveries.is_delivered(source, delivery_id):
            return 0
        stored = self(arrived)
        notify()
        if delivery_id is not None:
            self.deliveries.record(source, delivery_id, self.clock() + REMEMBERED)
        return stored

    def _one(self, arrived: Inbound, past: bool) -> bool:
        try:
            match arrived:
                case ErasureRequest(person):
                    return self._forget(person)
                case AccountsMerged(person):
                    self.identify.merge(person, self.clock())
                    return False
                case InboundFact(_, Person() as person, is_end=True) if self.identify.has_gone_on(person):
                    return False
                case InboundFact(told, person):
                    fact = told.cleaned()
                    return self._fact(fact, person, past) if person else self.store.put("", fact, past=past)
                case _:
                    assert_never(arrived)
        except Erased as error:
            if arrived.person and error.has_new_names:  # they belong to the erased person too
                self._forget(arrived.person.without_visits())
            return False

    def _forget(self, person: Person) -> bool:
        if person.is_public and person.id is None:  # anybody could ask for it, and it would refuse what is told later
            return False
        customer = self.identify(person, self.clock(), even_erased=True)
        return customer is not None and self.store.put_once(customer, Erasure(self.clock()))

    def _fact(self, fact: Fact, person: Person, past: bool) -> bool:
        customer, person, is_without_address, teller, by = self.identify.whose(fact, person, fact.at)
        if isinstance(fact, Customer):
            fact = _as_known_by(person, fact.without_address() if is_without_address else fact)
        if customer is None:
            stored = self.identify.keep(person, fact, self.clock() + VISITORS_KEPT)
        else:
            stored = self.store.put(customer, fact, past=past, by=by)
            if teller and person.is_guest and not (isinstance(fact, Customer) or is_without_address):
                self.store.put(teller, Customer("", NEVER, email=person.email), by=by)  # if no other is known
            self.identify.settle(fact, person, customer)
        if isinstance(fact, Order) and fact.coupon:  # also if stored before: that process may have crashed before this
            self.coupons.redeem(fact.coupon, fact.id)
        return stored


def _as_known_by(person: Person, profile: Customer) -> Customer:
    """A profile with the address that this person has or claims; from whom anybody can be, only what stops messages."""
    if person.is_public:
        return profile.only_refusing()
    return profile if person.is_proved else profile.with_claimed_address()
