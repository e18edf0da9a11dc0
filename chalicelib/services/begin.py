"""Begin runs: each event that enrolls begins one, and each occasion on which a cart is filled.

A cart's first change arms a timer with one write and no read: all checks are made when the timer is due. A later change
of what is in the cart reads its latest run (one item), which owns the change or has ended; only if it has ended, the
facts are read. A version that changes nothing of this reads nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.facts.cart import Cart, CartEmptied
from chalicelib.domain.facts.fact import Event, Fact
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.order import Cancellation, Order, OrderCancelled
from chalicelib.domain.journeys.engine import enroll
from chalicelib.domain.journeys.journey import Journey
from chalicelib.domain.journeys.occasions import OF_ITSELF, beginning, has_occasions, is_bought, owns
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import CHANGED_HANDS, Enrollment
from chalicelib.services.ports import FactStore, RunStore

AT_THEIR_TIME = OF_ITSELF | {"merged", CHANGED_HANDS}
"""The reasons of exits at their own time, to which no later version of the cart had been told."""


@dataclass(frozen=True)
class Begin:
    """Begins runs of the ``current`` journeys; doing it again changes nothing."""

    facts: FactStore
    runs: RunStore
    current: tuple[Journey, ...]
    policy: Policy
    clock: Callable[[], datetime]

    def __call__(self, customer: str, old: Fact | None, new: Fact, facts: Facts, *, old_past: bool) -> None:
        """Begin the runs that the new version begins and the old one did not."""
        before = list(old.events()) if old and not old_past else []
        for event in (*new.news(old), *_called_off(new, facts)):
            for journey in self.current:
                known = any(_begins(journey, earlier, facts) and type(earlier) is type(event) for earlier in before)
                if isinstance(new, Cart) and has_occasions(journey):
                    self._cart(journey, event, customer, old if isinstance(old, Cart) else None, new, facts, known)
                elif not known and (run := enroll(journey, event, customer, facts, self.clock(), self.policy)):
                    self.runs.create(run)

    def _cart(
        self, journey: Journey, event: Event, customer: str, old: Cart | None, new: Cart, facts: Facts, known: bool
    ) -> None:
        """Begin the cart's first run, or one more occasion; ``known``: the version before began its run already."""
        if not known:
            run = enroll(journey, event, customer, facts, self.clock(), self.policy, since=new.emptied_at)
            if run and not self.runs.create(run):
                self._occasion(journey, event, customer, old, new)
        elif old and (old.content != new.content or self._came_too_late(journey, event, customer, old, facts)):
            self._occasion(journey, event, customer, old, new)

    def _came_too_late(self, journey: Journey, event: Event, customer: str, old: Cart, facts: Facts) -> bool:
        """Whether the version before, if it was told only now, was too old to begin a run."""
        then = replace(facts, carts={**facts.carts, old.id: old})
        earlier = next((each for each in old.events() if type(each) is type(event)), None)
        return earlier is not None and not enroll(journey, earlier, customer, then, self.clock(), self.policy)

    def _occasion(self, journey: Journey, event: Event, customer: str, old: Cart | None, cart: Cart) -> None:
        """Begin a later occasion of a cart, if it is one; or its first, if the version before was too old for that."""
        latest = self.runs.latest(customer, journey.key, cart.id)
        if latest and owns(latest, cart):
            return
        facts = self.facts.of(customer)
        if latest:
            self._after(latest, journey, event, old, cart, facts)
        elif old and old.lines and not is_bought(cart, facts):
            since = _ended_before(cart, facts)
            if run := enroll(journey, event, customer, facts, self.clock(), self.policy, since=since):
                self.runs.create(run)

    def _after(
        self, latest: Enrollment, journey: Journey, event: Event, old: Cart | None, cart: Cart, facts: Facts
    ) -> None:
        """Begin the occasion after the cart's latest run, if this version begins one."""
        since = beginning(latest, cart, old, facts)
        args = (latest.customer, facts, self.clock(), self.policy)
        if since and (run := enroll(journey, event, *args, since=since, again=True)):
            self.runs.create(run)

    def following(self, ended: Enrollment, facts: Facts | None = None) -> None:
        """Begin the occasion after this run of a cart, which an event has ended that is older than the cart's version.

        Its run was open when that version was handled, and owned it. ``facts``: the customer's, if they were just read.
        """
        exited = ended.outcomes.get(str(Kind.EXITED))
        if ended.end is None or exited is None or exited.reason in AT_THEIR_TIME:
            return
        facts = facts or self.facts.of(ended.customer)
        cart = facts.carts.get(ended.subject)
        if cart is None or cart.activity <= ended.end.at:
            return
        latest = self.runs.latest(ended.customer, ended.journey, ended.subject)
        if latest and latest.id != ended.id:
            return
        for journey, event in self._beginning_with(cart, facts):
            if journey.key == ended.journey:
                self._after(ended, journey, event, None, cart, facts)

    def refilled(self, customer: str, new: Fact, news: Iterable[Event], facts: Facts) -> None:
        """Begin the occasion of a cart that had changed again before its order, or its emptying, was handled."""
        ends = [(event.key, event.at) for event in news if isinstance(event, CartEmptied)]
        if isinstance(new, Order) and new.cart_id:
            ends.append((new.cart_id, new.placed_at))
        for cart_id, at in ends:
            cart = facts.carts.get(cart_id)
            if cart is None or cart.activity <= at:
                continue
            for journey, event in self._beginning_with(cart, facts):
                self._occasion(journey, event, customer, None, cart)

    def _beginning_with(self, cart: Cart, facts: Facts) -> Iterator[tuple[Journey, Event]]:
        """The journeys of which this version of a cart begins occasions, with the events that do."""
        for event in cart.events():
            for journey in self.current:
                if has_occasions(journey) and _begins(journey, event, facts):
                    yield journey, event


def _called_off(new: Fact, facts: Facts) -> Iterator[Event]:
    """That an order was cancelled, where that was told apart from the order: before it or after it."""
    if isinstance(new, Cancellation) or (isinstance(new, Order) and not new.cancelled_at):
        order = facts.orders.get(new.order_id if isinstance(new, Cancellation) else new.id)
        if order and order.cancelled_at:
            yield OrderCancelled(order.id, order.cancelled_at, order)


def _ended_before(cart: Cart, facts: Facts) -> datetime | None:
    """When the time of the cart before this version ended that no run was begun for: emptied, or ordered."""
    ordered = [order.placed_at for order in facts.orders.values() if order.cart_id == cart.id]
    ends = [at for at in (cart.emptied_at, *ordered) if at and at < cart.activity]
    return max(ends, default=None)


def _begins(journey: Journey, event: Event, facts: Facts) -> bool:
    on = journey.enroll
    return type(event) is on.event and (on.when is None or on.when(event, facts))
