"""Merges the runs of one journey about the same thing, when their customers turn out to be one person."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.facts import SUBJECTS
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.occasions import OF_ITSELF, ending, is_away
from chalicelib.domain.journeys.outcomes import SENDS, Kind, Outcome
from chalicelib.domain.journeys.run import Enrollment, Status, occurrence_at

OF_A_SEND = frozenset(
    {
        Kind.SENT,
        Kind.ABANDONED,
        Kind.DELIVERED,
        Kind.OPENED,
        Kind.CLICKED,
        Kind.BOUNCED,
        Kind.COMPLAINED,
        Kind.UNSUBSCRIBED,
    }
)
MESSAGES = frozenset({Kind.SENT, Kind.WITHHELD, Kind.ABANDONED})
"""What counts as a message: one that was given up as unknown may have been sent."""


def united(held: Enrollment, arriving: Enrollment) -> Enrollment:
    """One run from two: ended if either has ended, else the one that got further; it keeps the sends of both.

    If one may have been sent, it continues, so that the other is not sent meanwhile (unless it is ``outrun``). A run
    that ended because its cart or order was the other customer's has not ended: the two are one person, and it goes on
    where it was if it got further. Nor has one that ended of itself and sent nothing: the person has had nothing of it.
    An open run of a cart that was filled after the other run's end continues, unless that one had sent something: a
    step is sent once in a run (see ``apart``). Of one that was held out and one that was mailed, the mailed one
    continues: a person who had a mail is no measure of what happens without it.
    """
    held, arriving, later = _seen_together(held, arriving)
    if later and _messages(arriving if later is held else held):
        later = None
    chosen = later or _mailed(held, arriving)
    stays = chosen is held if chosen else held.status is Status.SENDING or _further(held) >= _further(arriving)
    chosen, other = (held, arriving) if stays else (arriving, held)
    outcomes = {**_of(other, OF_A_SEND), **chosen.outcomes}
    if chosen.status is not Status.ENDED:
        outcomes = {name: outcome for name, outcome in outcomes.items() if outcome.kind is not Kind.EXITED}
    first = min(filter(None, (held.first_allowed_at, arriving.first_allowed_at)), default=None)
    first = later.first_allowed_at if later else first
    return replace(chosen, version=held.version, outcomes=outcomes, first_allowed_at=first)


def outrun(held: Enrollment, arriving: Enrollment) -> Enrollment | None:
    """The claimed run that must not continue, if any: the other one is over, is claimed too, or has sent more.

    Nobody is sending its message any more; it is to be given up as unknown before the two are ``united``.
    """
    held, arriving, later = _seen_together(held, arriving)
    for run, other in ((arriving, held), (held, arriving)):
        if run.status is not Status.SENDING:
            continue
        is_over, is_claimed, messages = _further(other)
        ends_it = is_over and (messages > 0 or run is not later)
        sent = _messages(run) + (run.proof is None)  # perhaps
        if ends_it or messages > sent or (is_claimed and messages >= _messages(run)):
            return run
    return None


def apart(held: Enrollment, arriving: Enrollment) -> Enrollment | None:
    """The run of the later occasion of a cart as a run of its own, if the other one has sent its messages; else None.

    One that has sent something itself ends with the other: the person has had enough of that cart.
    """
    held, arriving, later = _seen_together(held, arriving)
    if later is None or later.status is not Status.WAITING or later.first_allowed_at is not None:
        return None
    earlier = arriving if later is held else held
    end = ending(earlier)
    if end is None or not _messages(earlier):
        return None
    decided = {name: each for name, each in later.outcomes.items() if each.kind not in OF_A_SEND}
    occurrence = occurrence_at(later.subject, later.entered_at)
    own = replace(later, customer=held.customer, occurrence=occurrence, again=True, since=end.at)
    return replace(own, outcomes=decided, ordered={})


def surplus(runs: Iterable[Enrollment]) -> Iterator[Enrollment]:
    """The waiting runs about carts of which the customer has another open run that got further, or began later."""
    best: dict[tuple[str, str], Enrollment] = {}
    for run in sorted(runs, key=lambda run: (_further(run), run.entered_at), reverse=True):
        if is_open_about_cart(run):
            other = best.setdefault((run.journey, run.subject), run)
            if other is not run and run.status is Status.WAITING:
                yield run


def enough(arrived: Enrollment, runs: Iterable[Enrollment]) -> Iterator[Enrollment]:
    """The open runs that end, because the person has had the messages of another occasion of the cart.

    One of the two occasions is the arrived run's, and each was another customer's: of one customer's own occasions each
    has its messages. A later occasion that has sent nothing goes on.
    """
    for other in runs:
        if (other.journey, other.subject) != (arrived.journey, arrived.subject) or other.origin == arrived.origin:
            continue
        for run, done in ((arrived, other), (other, arrived)):
            goes_on = _follows(run, done) and not _messages(run) and run.status is not Status.SENDING
            if _further(done)[0] and _messages(done) and is_open_about_cart(run) and not goes_on:
                yield run


def is_open_about_cart(run: Enrollment) -> bool:
    """Whether it has not ended, and a cart began it."""
    return run.status is not Status.ENDED and SUBJECTS.get(run.trigger) is Cart


def _seen_together(held: Enrollment, arriving: Enrollment) -> tuple[Enrollment, Enrollment, Enrollment | None]:
    """Both as they are now that their customers are one, and the open one that began after the other's end, if any."""
    held, arriving = _taken_up(held, arriving), _taken_up(arriving, held)
    later = next((one for one, other in ((held, arriving), (arriving, held)) if _follows(one, other)), None)
    return held, arriving, later


def _taken_up(run: Enrollment, other: Enrollment) -> Enrollment:
    """A run that had sent something and ended because its cart or order was the other's, as before that end."""
    exited = run.outcomes.get(Kind.EXITED)
    if not (is_away(run) and exited and exited.step and _messages(run) and other.status is not Status.ENDED):
        return run
    return replace(run, status=Status.WAITING, step=exited.step, due_at=other.due_at, end=None)


def _of(run: Enrollment, kinds: frozenset[Kind]) -> dict[str, Outcome]:
    return {name: outcome for name, outcome in run.outcomes.items() if outcome.kind in kinds}


def _is_idle(run: Enrollment) -> bool:
    """Whether it ended of itself, or failed, and sent nothing."""
    if _messages(run) or run.claimed_at:
        return False
    exited = run.outcomes.get(Kind.EXITED)
    return exited.reason in OF_ITSELF if exited else Kind.FAILED in run.outcomes


def _mailed(held: Enrollment, arriving: Enrollment) -> Enrollment | None:
    """The one that has sent something, if the other one was held out."""
    for run, other in ((held, arriving), (arriving, held)):
        if run.arm is Arm.TREATED and other.arm is Arm.HOLDOUT and any(_of(run, SENDS)):
            return run
    return None


def _messages(run: Enrollment) -> int:
    return sum(outcome.kind in MESSAGES for outcome in run.outcomes.values())


def _follows(one: Enrollment, other: Enrollment) -> bool:
    end = ending(other) if is_open_about_cart(one) else None
    return end is not None and one.entered_at > end.at


def _further(run: Enrollment) -> tuple[bool, bool, int]:
    is_over = run.status is Status.ENDED and not is_away(run) and not _is_idle(run)
    return is_over, run.status is Status.SENDING, _messages(run) if is_over or run.status is not Status.ENDED else -1
