"""All about one customer on the side of the decisions, as the stores hand it over."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.journeys.contacts import Contacts
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.standing.segments import segments_of
from chalicelib.domain.standing.standing import Standing


@dataclass(frozen=True, slots=True)
class Suppression:
    """A hash that is never written to: since when (UTC), and why."""

    reason: str
    at: datetime


ERASED = "erased"
"""Why someone is suppressed who asked to be forgotten."""


@dataclass(frozen=True, slots=True)
class Gone:
    """Of some customers those that were merged into others, and those who asked to be forgotten."""

    merged: frozenset[str] = frozenset()
    erased: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Engagement:
    """Everything about one customer on the side of the decisions."""

    standing: Standing | None = None
    segments: frozenset[str] = frozenset()
    contacts: Contacts = Contacts()  # noqa: RUF009 - frozen itself
    enrollments: tuple[Enrollment, ...] = ()

    def changes(self, standing: Standing) -> tuple[list[str], list[str]] | None:
        """The segments to join and to leave for ``standing``; None where it and they are what is stored already."""
        segments = segments_of(standing)
        if standing == self.standing and segments == self.segments:
            return None
        return sorted(segments - self.segments), sorted(self.segments - segments)
