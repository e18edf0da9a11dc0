"""A customer's recent contact history: what frequency caps and cool-downs are judged by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain.facts.consent import Purpose


@dataclass(frozen=True, slots=True)
class Contact:
    """A message that went, or is about to go, to the customer."""

    send_id: str
    at: datetime
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class FirstMessage:
    """When a run of a journey had its first message, sent or withheld."""

    journey: str
    occurrence: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Contacts:
    """A customer's recent contact history: what frequency caps and cool-downs are judged by."""

    contacts: tuple[Contact, ...] = ()
    runs: tuple[FirstMessage, ...] = ()

    def with_contact(self, contact: Contact) -> Contacts:
        """The history with this contact in it; the first time of a send holds."""
        known = any(c.send_id == contact.send_id for c in self.contacts)
        return self if known else replace(self, contacts=(*self.contacts, contact))

    def with_run(self, run: FirstMessage) -> Contacts:
        """The history with this run in it; the first time of a run holds."""
        known = any((r.journey, r.occurrence) == (run.journey, run.occurrence) for r in self.runs)
        return self if known else replace(self, runs=(*self.runs, run))

    def pruned(self, now: datetime, keep_contacts: timedelta, keep_runs: timedelta) -> Contacts:
        """Only what can still matter."""
        return Contacts(
            tuple(c for c in self.contacts if c.at > now - keep_contacts),
            tuple(r for r in self.runs if r.at > now - keep_runs),
        )
