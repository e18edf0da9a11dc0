"""Facts changed: store the standing, begin runs, end or wake them, and record conversions and credits.

Events that end, wake or credit runs (an order, an answer) are few; for those, the customer is read once. How runs begin
is in ``begin``, how they end, wake and are credited in ``wake``, what a standing brings in ``standing``.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from chalicelib.domain.errors import Conflict
from chalicelib.domain.facts.answer import Answer
from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.consent import Unsubscription
from chalicelib.domain.facts.customer import Customer, Erasure, Merged
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.inbound import Known
from chalicelib.domain.facts.launch import Launch
from chalicelib.domain.facts.order import Cancellation, Order, Refund
from chalicelib.domain.journeys.engagement import Gone
from chalicelib.domain.journeys.journey import Journey
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.time import NEVER
from chalicelib.services.begin import Begin
from chalicelib.services.credit import CreditOrder
from chalicelib.services.ports import (
    CreditStore,
    EngagementStore,
    FactStore,
    NameStore,
    Queue,
    RunStore,
    StandingStore,
    SuppressionStore,
)
from chalicelib.services.standing import KeepStanding
from chalicelib.services.wake import Wake

log = logging.getLogger("rekindle.enroll")
TURNS = 5
MOST_LOOKED_AT = 50
"""Others who bear an address of one customer, at whose runs an order of theirs is held at once."""
NOBODY = Gone()
CORRECTIONS = (Order, Refund, Cancellation, Answer)


@dataclass(frozen=True)
class Enroll:
    """Reacts to one changed fact. ``journeys`` are all versions that may have runs; ``current`` those that enroll.

    ``merge`` and ``erase`` handle a customer who was merged into another, or who asked to be erased.
    """

    facts: FactStore
    names: NameStore
    engagement: EngagementStore
    runs: RunStore
    credits: CreditStore
    standings: StandingStore
    suppressions: SuppressionStore
    audience: Queue
    journeys: Mapping[tuple[str, int], Journey]
    current: tuple[Journey, ...]
    policy: Policy
    clock: Callable[[], datetime]
    merge: Callable[[str], None]
    erase: Callable[[str], None]

    def gone(self, customers: frozenset[str]) -> Gone:
        """Which of these customers were merged into others, and which asked to be erased: read once per batch."""
        return Gone(self.names.merged_among(customers), self.suppressions.erased(customers))

    @cached_property
    def _begin(self) -> Begin:
        return Begin(self.facts, self.runs, self.current, self.policy, self.clock)

    @cached_property
    def _wake(self) -> Wake:
        credit = CreditOrder(self.credits, self.runs, self.journeys, self.policy, self.clock)
        return Wake(
            facts=self.facts,
            engagement=self.engagement,
            runs=self.runs,
            credit=credit,
            following=self._begin.following,
            journeys=self.journeys,
            policy=self.policy,
            clock=self.clock,
        )

    @cached_property
    def _keep_standing(self) -> KeepStanding:
        return KeepStanding(self.standings, self.audience, self.policy, self.clock)

    def __call__(
        self,
        customer: str,
        old: Fact | None,
        new: Fact | None,
        *,
        past: bool = False,
        old_past: bool = False,
        gone: Gone = NOBODY,
    ) -> None:
        """React to a fact that changed from ``old`` to ``new``; doing it again changes nothing.

        ``past``: ``new`` is history and begins no run; ``old_past``: ``old`` was history, and began none.
        A fact of a customer in ``gone`` is merged or erased too.
        Raises ``Unavailable`` (or a ``Conflict`` that persists) if the caller should try again later.
        """
        if new is None:
            if isinstance(old, Cart | Order) and customer not in gone.merged | gone.erased:
                self._left(customer, old)
            return
        if not (customer or isinstance(new, Launch)):  # a visitor's cart has no customer yet
            return
        if customer in gone.erased:
            self.erase(customer)
            return
        if customer in gone.merged:
            self._merge(customer)
            return
        match new:
            case Customer():
                return
            case Merged():
                self._merge(customer)
            case Erasure():
                self.erase(customer)
            case Launch():
                if new.news(old):
                    last = self.facts.launches([new.id]).get(new.id, new)  # this record may have been put off
                    self.standings.announce(last, self.clock())
                    self.audience.put({"launch": new.id, "start": None})
            case Cart() if past and not self._is_listened_to(old, new):
                return
            case Cart() if not self._is_listened_to(old, new):
                known = Facts(Customer(customer, new.at), carts={new.id: new})
                self._begin(customer, old, new, known, old_past=old_past)
            case Unsubscription():
                self._unsubscribed(customer, new)
            case _:
                facts = self.facts.of(customer)
                engagement = self.engagement.of(customer)
                if isinstance(new, Order | Refund | Cancellation):
                    placed = new if isinstance(new, Order) and old is None and not past else None
                    self._keep_standing(customer, facts, engagement, placed)
                news = new.news(old)
                if isinstance(new, Order) and isinstance(old, Order) and new.products != old.products:
                    news = list(new.events())  # it may reach a goal now
                self._wake(customer, new, news, _as_of(new, facts), engagement)
                if isinstance(new, Order | Refund | Cancellation):
                    self._look_at_others(facts, new.version_at)
                if not past:
                    self._begin(customer, old, new, facts, old_past=old_past)
                    self._begin.refilled(customer, new, news, facts)

    def _merge(self, customer: str) -> None:
        """Merge a customer into an older one, for whom all may have been told and handled that concerns these runs.

        If that one asked to be forgotten at the same moment, so did this one.
        """
        into = self.names.last(Known(customer, NEVER)).customer
        if into != customer and self.suppressions.erased([into]):
            self.erase(customer)
            return
        self.merge(customer)
        facts = self.facts.of(customer)
        for _ in range(TURNS):
            self._look_again(facts)
            before, facts = facts, self.facts.of(customer)
            if facts == before:
                return
        raise Conflict("facts that keep changing")

    def _look_again(self, facts: Facts) -> None:
        """Do what the older customer's facts mean for the runs that arrived."""
        older = facts.customer.key
        arrived = [run for run in self.engagement.of(older).enrollments if run.known_as]
        since = min((run.entered_at for run in arrived), default=None)
        for thing in facts.things() if since else ():
            if isinstance(thing, Unsubscription):
                self._unsubscribed(older, thing)
            elif isinstance(thing, Order | Answer) and since and thing.version_at >= since:
                self._wake(older, thing, list(thing.events()), facts, self.engagement.of(older))

    def _left(self, customer: str, thing: Cart | Order) -> None:
        """A cart or an order moved to another customer: end the runs that it began here, and do not count it here.

        Runs that the order had ended go on, and what it was credited for is another order's.
        """
        facts, engagement = self.facts.of(customer), self.engagement.of(customer)
        if isinstance(thing, Cart):
            for run in engagement.enrollments:
                if run.subject == thing.id:
                    self._wake.one(run, run, facts, thing.at)
            return
        self._keep_standing(customer, facts, engagement)
        self._wake.credit.take_back(customer, thing, facts, engagement.enrollments)
        self._wake.look_at(customer, thing.at)
        self._look_at_others(facts, thing.at)
        since = min((run.entered_at for run in engagement.enrollments), default=None)
        for order in facts.orders.values() if since else ():
            if since and order.placed_at >= since:
                self._wake(customer, order, list(order.events()), facts, self.engagement.of(customer))

    def _look_at_others(self, facts: Facts, at: datetime) -> None:
        """Let an order end runs of others who bear an address of its customer, or end them no more.

        Of very many (a clerk's account, on whose orders customers' addresses are typed) only some are looked at now;
        the others' messages are judged by it when they are due.
        """
        for other in facts.bearers[:MOST_LOOKED_AT]:
            self._wake.look_at(other, at, facts)

    def _is_listened_to(self, old: Fact | None, new: Fact) -> bool:
        return any(type(event) in journey.listens_to for event in new.news(old) for journey in self.journeys.values())

    def _unsubscribed(self, customer: str, refusal: Unsubscription) -> None:
        if refusal.enrollment:
            outcome = Outcome("unsubscribed", Kind.UNSUBSCRIBED, refusal.at, step=refusal.step)
            self.runs.add_outcome(customer, refusal.enrollment, outcome)


def _as_of(new: Fact, facts: Facts) -> Facts:
    """The facts as they were when ``new`` was stored: a cart may have changed again since."""
    if isinstance(new, Cart) and new.id in facts.carts:
        return replace(facts, carts={**facts.carts, new.id: new})
    return facts
