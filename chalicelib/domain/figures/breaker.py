"""A breaker stops a journey about whose mails too many people complain, or of whose mails too many bounce.

Gmail and Yahoo take a sender's mails less and less above 0.3 % of complaints; SES reviews an account from 5 % of
bounces on. (Google, "Email sender guidelines"; AWS, "Amazon SES sending review process FAQs".)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.figures.counters import MAILS_BOUNCED, MAILS_COMPLAINED, Cell
from chalicelib.domain.journeys.outcomes import Kind

COMPLAINTS, BOUNCES = "complaints", "bounces"
"""The reasons for which a journey is stopped."""
LAST_MAILS = 2_000
"""So many of its last mails are looked at, by whole days."""
PER_THOUSAND = {MAILS_COMPLAINED: 3, MAILS_BOUNCED: 50}
AT_LEAST = {MAILS_COMPLAINED: 3, MAILS_BOUNCED: 10}
"""Fewer say nothing yet: one wrong address among a small shop's first twenty mails is no reason."""


@dataclass(frozen=True, slots=True)
class Mails:
    """How many mails a journey sent, how many of these were complained about, and how many bounced for good."""

    sent: int = 0
    complained: int = 0
    bounced: int = 0

    @classmethod
    def counted(cls, journey: str, counts: Mapping[str, int]) -> Mails:
        """Those of one journey among a day's counters."""
        found = dict.fromkeys((Kind.SENT, MAILS_COMPLAINED, MAILS_BOUNCED), 0)
        for name, number in counts.items():
            if name.startswith(f"{journey}|") and (kind := Cell.parse(name).kind) in found:
                found[kind] += number
        return cls(*found.values())

    def plus(self, other: Mails) -> Mails:
        """Both together."""
        return Mails(self.sent + other.sent, self.complained + other.complained, self.bounced + other.bounced)

    def in_words(self, reason: str) -> str:
        """So many of them for this reason, ``3 complaints of 1,000 mails``."""
        return f"{self.complained if reason == COMPLAINTS else self.bounced} {reason} of {self.sent:,} mails"

    @property
    def excess(self) -> str | None:
        """``complaints`` or ``bounces``, if there are too many of them."""
        for reason, kind, number in (
            (COMPLAINTS, MAILS_COMPLAINED, self.complained),
            (BOUNCES, MAILS_BOUNCED, self.bounced),
        ):
            if number >= AT_LEAST[kind] and 1000 * number >= PER_THOUSAND[kind] * self.sent:
                return reason
        return None


@dataclass(frozen=True, slots=True)
class Pause:
    """A journey is paused, by hand, or by the breaker at ``at`` because of these ``mails``."""

    at: datetime | None = None
    reason: str | None = None
    mails: Mails = Mails()


@dataclass(frozen=True, slots=True)
class Resumed:
    """A journey was resumed on this ``day`` of the shop: only mails of later days count.

    Complaints about the mails of that day may still come for days, and it is not known which of them were sent before.
    """

    day: str


def last_mails(days: Iterable[Mails]) -> Mails:
    """The journey's last mails: those of whole days, the latest first, until they are enough."""
    total = Mails()
    for each in days:
        total = total.plus(each)
        if total.sent >= LAST_MAILS:
            break
    return total
