"""Everything a decision about one enrollment may look at, at one moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.domain import events
from chalicelib.domain.customer import Facts, Purpose
from chalicelib.domain.journey import Either, On, alternatives
from chalicelib.domain.policy import Policy
from chalicelib.domain.segments import Standing, standing_of

if TYPE_CHECKING:
    from chalicelib.domain.enrollment import Enrollment


@dataclass(frozen=True, slots=True)
class Contact:
    """A message that went, or is about to go, to the customer."""

    send_id: str
    at: datetime
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class Run:
    """When a run of a journey had its first message, sent or withheld."""

    journey: str
    occurrence: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Contacts:
    """A customer's recent contact history: what frequency caps and cool-downs are judged by."""

    contacts: tuple[Contact, ...] = ()
    runs: tuple[Run, ...] = ()

    def with_contact(self, contact: Contact) -> Contacts:
        """The history with this contact in it; the first time of a send holds."""
        known = any(c.send_id == contact.send_id for c in self.contacts)
        return self if known else replace(self, contacts=(*self.contacts, contact))

    def with_run(self, run: Run) -> Contacts:
        """The history with this run in it; the first time of a run holds."""
        known = any((r.journey, r.occurrence) == (run.journey, run.occurrence) for r in self.runs)
        return self if known else replace(self, runs=(*self.runs, run))

    def pruned(self, now: datetime, keep_contacts: timedelta, keep_runs: timedelta) -> Contacts:
        """Only what can still matter."""
        return Contacts(
            tuple(c for c in self.contacts if c.at > now - keep_contacts),
            tuple(r for r in self.runs if r.at > now - keep_runs),
        )


@dataclass(frozen=True, slots=True)
class Situation:
    """One enrollment, the facts about its customer, and the moment ``now`` (aware UTC) at which to decide."""

    enrollment: Enrollment
    facts: Facts
    now: datetime
    policy: Policy = Policy()  # noqa: RUF009 - frozen itself
    contacts: Contacts = Contacts()

    @property
    def zone(self) -> str:
        """The recipient's time zone, or the shop's where it is unknown."""
        return self.facts.customer.zone or self.policy.zone

    @property
    def standing(self) -> Standing:
        """The customer's standing now."""
        return standing_of(self.facts.orders.values(), self.policy.thresholds, self.now)

    @property
    def has_subject(self) -> bool:
        """The cart or the order that began this run is still this customer's."""
        subject = self.enrollment.subject
        match self.enrollment.trigger:
            case events.CartChanged.__name__:
                return subject in self.facts.carts
            case events.OrderPlaced.__name__:
                return any(subject in (order.id, order.cart_id) for order in self.facts.orders.values())
            case _:
                return True

    def happened(self, on: On | Either | None) -> Iterator[events.Event]:
        """The events that match and concern this run.

        With a key: those about the run's own subject, whenever they were. Without: those after the run began.
        """
        options = alternatives(on)
        if not options:
            return
        for event in events.history(self.facts, self.now):
            if any(self.concerns(option, event) for option in options):
                yield event

    def concerns(self, on: On, event: events.Event) -> bool:
        """Whether ``event`` is one that ``on`` means, for this run."""
        if type(event) is not on.event or (on.when and not on.when(event, self.facts)):
            return False
        return event_key(event, on.key) == self.enrollment.subject if on.key else self._is_after_entry(event)

    def _is_after_entry(self, event: events.Event) -> bool:
        enrollment = self.enrollment
        if type(event).__name__ == enrollment.trigger:
            later = (event.at, event.key) > (enrollment.entered_at, enrollment.subject)
            return later and event.key != enrollment.subject
        return event.at >= enrollment.entered_at


def event_key(event: events.Event, name: str) -> str | None:
    """The key called ``name`` that an event carries, e.g. ``cart_id``; None if it carries none."""
    if name == event.key_name:
        return event.key
    value = getattr(event, name, None)
    return value if isinstance(value, str) else None
