"""A reminder that is due, at a desk; and what became of it."""

from datetime import timedelta
from typing import Any

from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import Enrollment
from tests.builders import START, a_cart, outcomes_of
from tests.services.desk import Desk

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LEASE, HOPE = 6 * MINUTE, 7 * HOUR
SENT, ABANDONED, FAILED = Kind.SENT, Kind.ABANDONED, Kind.FAILED


def desk_with_a_reminder_due(**more: Any) -> tuple[Desk, Enrollment]:
    desk = Desk()
    desk.known("ann", a_cart("order-1", START - 2 * DAY))
    return desk, desk.waiting(**more)


def ends(desk: Desk, run: Enrollment) -> list[tuple[Kind, str | None]]:
    """What the reminder came to: kind and reason."""
    kinds = (SENT, ABANDONED, FAILED, Kind.SUPPRESSED, Kind.EXITED, Kind.WITHHELD)
    return [(kind, reason) for kind, _, reason in outcomes_of(desk.run(run), *kinds)]


class Died(BaseException):
    """The process is gone."""


def die() -> None:
    raise Died
