"""A customer's recent contact history, for frequency caps and cool-downs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.facts.consent import Purpose


@dataclass(frozen=True, slots=True)
class Contact:
    """A message that was sent, or is about to be sent, to the customer; ``to``: a hash of the address, if known."""

    send_id: str
    at: datetime
    purpose: Purpose
    to: str | None = None


@dataclass(frozen=True, slots=True)
class FirstMessage:
    """When a run of a journey had its first message, sent or withheld."""

    journey: str
    occurrence: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Contacts:
    """A customer's recent contact history, for frequency caps and cool-downs."""

    contacts: tuple[Contact, ...] = ()
    runs: tuple[FirstMessage, ...] = ()

    def with_contact(self, contact: Contact) -> Contacts:
        """The history with this contact added; the first time of a send counts."""
        known = any(c.send_id == contact.send_id for c in self.contacts)
        return self if known else replace(self, contacts=(*self.contacts, contact))

    def with_claim(self, contact: Contact) -> Contacts:
        """The history with a message that is being sent now: whoever claimed it before did not send it."""
        return replace(self, contacts=(*(c for c in self.contacts if c.send_id != contact.send_id), contact))

    def with_run(self, run: FirstMessage) -> Contacts:
        """The history with this run added; the first time of a run counts."""
        known = any((r.journey, r.occurrence) == (run.journey, run.occurrence) for r in self.runs)
        return self if known else replace(self, runs=(*self.runs, run))

    def with_latest(self, run: FirstMessage) -> Contacts:
        """The history with another customer's run added who is the same person; of two about one thing the later."""
        same = [r for r in self.runs if (r.journey, r.occurrence) == (run.journey, run.occurrence)]
        return self.with_first_claim(max([*same, run], key=lambda each: each.at))

    def with_first_claim(self, run: FirstMessage) -> Contacts:
        """The history with a run whose first message is being sent now, as in ``with_claim``."""
        others = tuple(r for r in self.runs if (r.journey, r.occurrence) != (run.journey, run.occurrence))
        return replace(self, runs=(*others, run))

    def without(self, send_id: str, journey: str, occurrence: str, at: datetime | None) -> Contacts:
        """The history without a message that was not sent after all; it was the run's first if that has its time."""
        return Contacts(
            tuple(c for c in self.contacts if c.send_id != send_id),
            tuple(r for r in self.runs if (r.journey, r.occurrence, r.at) != (journey, occurrence, at)),
        )

    def at(self, address_hash: str, journey: str, occurrence: str) -> Contacts:
        """What counts of it for others at an address: messages to there, and runs about the very same thing."""
        return Contacts(
            tuple(each for each in self.contacts if each.to in (None, address_hash)),
            tuple(
                replace(each, occurrence=f"{occurrence} of another")
                for each in self.runs
                if (each.journey, each.occurrence) == (journey, occurrence)
            ),
        )

    def united(self, other: Contacts) -> Contacts:
        """The history of two customers who are one person."""
        both = self
        for contact in other.contacts:
            both = both.with_contact(contact)
        for run in other.runs:
            both = both.with_latest(run)
        return both
