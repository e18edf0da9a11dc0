"""All data for a decision about one enrollment at one moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.fact import Event
from chalicelib.domain.facts.facts import SUBJECTS, Facts
from chalicelib.domain.facts.order import OrderPlaced
from chalicelib.domain.journeys.contacts import Contacts
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.journeys.triggers import Either, On, alternatives
from chalicelib.domain.standing.standing import Standing, standing_of

ORDER_LEAD = timedelta(minutes=5)
"""An order's own time may be this much before that of the last report of its cart."""


@dataclass(frozen=True, slots=True)
class Situation:
    """One enrollment, the facts about its customer, and the moment ``now`` (aware UTC) at which to decide."""

    enrollment: Enrollment
    facts: Facts
    now: datetime
    policy: Policy = Policy()  # noqa: RUF009 - frozen itself
    contacts: Contacts = Contacts()  # noqa: RUF009 - frozen itself

    @property
    def zone(self) -> str:
        """The recipient's time zone, or the shop's if it is unknown."""
        return self.facts.customer.zone or self.policy.zone

    @property
    def standing(self) -> Standing:
        """The customer's standing now."""
        return standing_of(self.facts.orders.values(), self.policy.thresholds, self.now, self.policy.zone)

    def happened(self, on: On | Either | None, *, at_address: bool = False) -> Iterator[Event]:
        """The events that match and concern this run; ``at_address``: also orders of others who bear the address.

        With a key: events about the run's own subject; if that is a cart, since the occasion began. Without: events
        after the run began.
        """
        options = alternatives(on)
        if not options:
            return
        for event in self.facts.history(self.now):
            if any(self.concerns(option, event) for option in options):
                yield event
        for other in self.facts.at_address if at_address else ():
            theirs = replace(other, launch=self.facts.launch)
            for event in theirs.history(self.now):
                if isinstance(event, OrderPlaced) and any(self.concerns(option, event, theirs) for option in options):
                    yield event

    def concerns(self, on: On, event: Event, facts: Facts | None = None) -> bool:
        """Whether ``event`` matches ``on`` for this run; ``facts``: whose it is, if it is another customer's."""
        if type(event) is not on.event or (on.when and not on.when(event, facts or self.facts)):
            return False
        if not on.key:
            return self._is_after_entry(event)
        return event_key(event, on.key) == self.enrollment.subject and self._is_of_this_occasion(event)

    @property
    def is_just_bought(self) -> bool:
        """The run is about a cart of only what was bought shortly before it was left, or since."""
        cart = self._cart
        if cart is None:
            return False
        since = cart.activity - self.policy.just_bought
        orders = [order for facts in (self.facts, *self.facts.at_address) for order in facts.orders.values()]
        bought = [order for order in orders if order.placed_at >= since and not order.cancelled_at]
        return cart.holds_only(product for order in bought for product in order.products)

    @property
    def _cart(self) -> Cart | None:
        is_about_cart = SUBJECTS.get(self.enrollment.trigger) is Cart
        return self.facts.carts.get(self.enrollment.subject) if is_about_cart else None

    def _is_of_this_occasion(self, event: Event) -> bool:
        """It is not what ended the occasion before, nor an earlier order of other things.

        An order may be reported before the last change of its cart, and its own time may be a little earlier.
        """
        run, cart = self.enrollment, self._cart
        if run.since and event.at <= run.since:
            return False
        if cart is None or event.at >= run.entered_at:
            return True
        if not isinstance(event, OrderPlaced):
            return False
        is_recent = event.at > run.entered_at - ORDER_LEAD
        return is_recent or not event.order.products or cart.holds_only(event.order.products)

    def _is_after_entry(self, event: Event) -> bool:
        enrollment = self.enrollment
        if type(event).__name__ == enrollment.trigger:
            later = (event.at, event.key) > (enrollment.entered_at, enrollment.subject)
            return later and event.key != enrollment.subject
        return event.at >= enrollment.entered_at


def event_key(event: Event, name: str) -> str | None:
    """The event's key ``name``, e.g. ``cart_id``; None if it has none."""
    if name == event.key_name:
        return event.key
    value = getattr(event, name, None)
    return value if isinstance(value, str) else None
