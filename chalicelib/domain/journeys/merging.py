"""Merges two runs of one journey about the same thing, when their customers turn out to be one person."""

from dataclasses import replace

from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import Enrollment, Status

OF_A_SEND = frozenset(
    {Kind.SENT, Kind.DELIVERED, Kind.OPENED, Kind.CLICKED, Kind.BOUNCED, Kind.COMPLAINED, Kind.UNSUBSCRIBED}
)
MESSAGES = frozenset({Kind.SENT, Kind.WITHHELD})


def united(held: Enrollment, arriving: Enrollment) -> Enrollment:
    """One run from two: ended if either has ended, else the one that got further; it keeps the sends of both.

    If one is being sent, it continues, so that the other is not sent meanwhile.
    """
    stays = held.status is Status.SENDING or _further(held) >= _further(arriving)
    sends = {name: outcome for name, outcome in arriving.outcomes.items() if outcome.kind in OF_A_SEND}
    outcomes = {**held.outcomes, **sends} if stays else {**held.outcomes, **arriving.outcomes}
    first = min(filter(None, (held.first_allowed_at, arriving.first_allowed_at)), default=None)
    return replace(
        held if stays else arriving, version=held.version, outcomes=outcomes, first_allowed_at=first
    )  # fmt: skip


def _further(run: Enrollment) -> tuple[bool, bool, int]:
    messages = sum(outcome.kind in MESSAGES for outcome in run.outcomes.values())
    return run.status is Status.ENDED, run.status is Status.SENDING, messages
