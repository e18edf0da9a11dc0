"""Two customers turn out to be one: what becomes of two runs of one journey about the same thing."""

from dataclasses import replace

from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import Enrollment, Status

OF_A_SEND = frozenset(
    {Kind.SENT, Kind.DELIVERED, Kind.OPENED, Kind.CLICKED, Kind.BOUNCED, Kind.COMPLAINED, Kind.UNSUBSCRIBED}
)
MESSAGES = frozenset({Kind.SENT, Kind.WITHHELD})


def united(held: Enrollment, arriving: Enrollment) -> Enrollment:
    """The one run of two: over if either is over, else the one that got further; all that was sent stays known.

    One that is being sent goes on, so that nobody sends the other meanwhile.
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
