"""What the stores hand over together: keys that are due, a page of enrollments, all about one customer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from chalicelib.domain.enrollment import Enrollment
from chalicelib.domain.segments import Standing, segments_of
from chalicelib.domain.situation import Contacts


class DueKey(NamedTuple):
    """The key of an enrollment that is due, and since when (UTC, as text)."""

    pk: str
    sk: str
    due_at: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some enrollments, the contact histories of their customers by key, and the journeys that are paused."""

    enrollments: tuple[Enrollment, ...] = ()
    contacts: Mapping[str, Contacts] = field(default_factory=dict)
    paused: frozenset[str] = frozenset()


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
