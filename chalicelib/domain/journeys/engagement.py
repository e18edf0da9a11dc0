"""A customer's engagement data: standing, enrollments and suppression, as the stores return them."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.journeys.contacts import Contacts
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.standing.segments import segments_of
from chalicelib.domain.standing.standing import Standing


@dataclass(frozen=True, slots=True)
class Suppression:
    """A hash whose address must not get mail: since when (UTC), and why."""

    reason: str
    at: datetime


ERASED = "erased"
"""The reason of the suppression of an erased person."""
SOFT_BOUNCES = "soft_bounces"
"""The reason of a suppression after repeated soft bounces: a late report may show that there were fewer."""


@dataclass(frozen=True, slots=True)
class Lifting:
    """A suppression that was lifted by hand: when (UTC) and why; its ``reason``, and since when it had been there."""

    at: datetime
    why: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class AddressStatus:
    """Whether an address is suppressed, and the last time that a suppression of it was lifted."""

    suppression: Suppression | None = None
    lifting: Lifting | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """Those of some customers who were merged into others, and those who asked to be erased."""

    merged: frozenset[str] = frozenset()
    erased: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Engagement:
    """A customer's engagement data."""

    standing: Standing | None = None
    segments: frozenset[str] = frozenset()
    contacts: Contacts = Contacts()  # noqa: RUF009 - frozen itself
    enrollments: tuple[Enrollment, ...] = ()

    def changes(self, standing: Standing) -> tuple[list[str], list[str]] | None:
        """The segments to join and to leave for ``standing``; None if it and they are already stored."""
        segments = segments_of(standing)
        if standing == self.standing and segments == self.segments:
            return None
        return sorted(segments - self.segments), sorted(self.segments - segments)
