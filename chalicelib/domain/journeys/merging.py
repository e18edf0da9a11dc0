"""Merges the runs of one journey about the same thing, when their customers turn out to be one person."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.facts import SUBJECTS
from chalicelib.domain.journeys.occasions import ending
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import CHANGED_HANDS, Enrollment, Status

OF_A_SEND = frozenset(
    {Kind.SENT, Kind.DELIVERED, Kind.OPENED, Kind.CLICKED, Kind.BOUNCED, Kind.COMPLAINED, Kind.UNSUBSCRIBED}
)
MESSAGES = frozenset({Kind.SENT, Kind.WITHHELD})


def united(held: Enrollment, arriving: Enrollment) -> Enrollment:
    """One run from two: ended if either has ended, else the one that got further; it keeps the sends of both.

    If one is being sent, it continues, so that the other is not sent meanwhile. A run that ended because its cart or
    order was the other customer's has not ended: the two are one person. An open run of a cart that was filled after
    the other run's end continues.
    """
    later = next((one for one, other in ((held, arriving), (arriving, held)) if _follows(one, other)), None)
    stays = later is held if later else held.status is Status.SENDING or _further(held) >= _further(arriving)
    sends = {name: outcome for name, outcome in arriving.outcomes.items() if outcome.kind in OF_A_SEND}
    outcomes = {**held.outcomes, **sends} if stays else {**held.outcomes, **arriving.outcomes}
    chosen = held if stays else arriving
    if chosen.status is not Status.ENDED:
        outcomes = {name: outcome for name, outcome in outcomes.items() if outcome.kind is not Kind.EXITED}
    first = min(filter(None, (held.first_allowed_at, arriving.first_allowed_at)), default=None)
    first = later.first_allowed_at if later else first
    return replace(chosen, version=held.version, outcomes=outcomes, first_allowed_at=first)


def surplus(runs: Iterable[Enrollment]) -> Iterator[Enrollment]:
    """The waiting runs about carts of which the customer has another open run that got further, or began later."""
    best: dict[tuple[str, str], Enrollment] = {}
    for run in sorted(runs, key=lambda run: (_further(run), run.entered_at), reverse=True):
        if is_open_about_cart(run):
            other = best.setdefault((run.journey, run.subject), run)
            if other is not run and run.status is Status.WAITING:
                yield run


def is_open_about_cart(run: Enrollment) -> bool:
    """Whether it has not ended, and a cart began it."""
    return run.status is not Status.ENDED and SUBJECTS.get(run.trigger) is Cart


def _follows(one: Enrollment, other: Enrollment) -> bool:
    end = ending(other) if is_open_about_cart(one) else None
    return end is not None and one.entered_at > end.at


def _further(run: Enrollment) -> tuple[bool, bool, int]:
    messages = sum(outcome.kind in MESSAGES for outcome in run.outcomes.values())
    exited = run.outcomes.get(Kind.EXITED)
    is_over = run.status is Status.ENDED and not (exited and exited.reason == CHANGED_HANDS)
    return is_over, run.status is Status.SENDING, messages if is_over or run.status is not Status.ENDED else -1
