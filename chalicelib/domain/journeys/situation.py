"""All data for a decision about one enrollment at one moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.fact import Event
from chalicelib.domain.facts.facts import SUBJECTS, Facts
from chalicelib.domain.facts.order import Order
from chalicelib.domain.journeys.contacts import Contacts
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.journeys.triggers import Either, On, alternatives
from chalicelib.domain.standing.standing import Standing, standing_of


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
        return standing_of(self.facts.orders.values(), self.policy.thresholds, self.now)

    @property
    def has_subject(self) -> bool:
        """The cart or the order that began this run still belongs to this customer."""
        subject = self.enrollment.subject
        kind = SUBJECTS.get(self.enrollment.trigger)
        if kind is Cart:
            return subject in self.facts.carts
        if kind is Order:
            return any(subject in (order.id, order.cart_id) for order in self.facts.orders.values())
        return True

    def happened(self, on: On | Either | None) -> Iterator[Event]:
        """The events that match and concern this run.

        With a key: events about the run's own subject, at any time. Without: events after the run began.
        """
        options = alternatives(on)
        if not options:
            return
        for event in self.facts.history(self.now):
            if any(self.concerns(option, event) for option in options):
                yield event

    def concerns(self, on: On, event: Event) -> bool:
        """Whether ``event`` matches ``on`` for this run."""
        if type(event) is not on.event or (on.when and not on.when(event, self.facts)):
            return False
        return event_key(event, on.key) == self.enrollment.subject if on.key else self._is_after_entry(event)

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
