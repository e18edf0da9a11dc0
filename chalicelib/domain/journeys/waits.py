"""When a wait ends, by the facts as they are now: both are functions of a ``Situation``."""

from datetime import datetime, timedelta

from chalicelib.domain.journeys.journey import At, Either, Journey, On, Wait
from chalicelib.domain.journeys.situation import Situation
from chalicelib.domain.time import next_local

INSTANT = timedelta(milliseconds=1)


def wake_time(wait: Wait, situation: Situation) -> datetime:
    """When a wait ends, by the facts known now."""
    enrollment = situation.enrollment
    start = _moment(wait, situation)
    match wait.until:
        case timedelta():
            return start + wait.until
        case At(at, weekday):
            just_sent = enrollment.message_at is not None and start <= enrollment.message_at
            return next_local(start + INSTANT if just_sent else start, at, situation.zone, weekday)
        case On() | Either():
            times = [event.at for event in situation.happened(wait.until)]
            return min([*times, start + (wait.timeout or timedelta(0))])


def waits_again(journey: Journey, situation: Situation) -> tuple[Wait, datetime] | None:
    """The wait right before a message, and its new end, if its moment has moved while the message was put off.

    A launch was postponed, or the cart was changed: by the facts as they are now the message is not due yet.
    """
    enrollment = situation.enrollment
    before = [step for step, following in journey.plan.values() if following == enrollment.step]
    wait = before[0] if len(before) == 1 else None
    if not isinstance(wait, Wait) or wait.since in (None, "trigger") or enrollment.tries:
        return None
    until = wake_time(wait, situation)
    return (wait, until) if until > situation.now else None


def _moment(wait: Wait, situation: Situation) -> datetime:
    enrollment = situation.enrollment
    match wait.since:
        case None:
            return enrollment.ran_at
        case "trigger":
            return enrollment.entered_at
        case "activity":
            cart = situation.facts.carts.get(enrollment.subject)
            return max(enrollment.entered_at, cart.activity) if cart else enrollment.entered_at
        case str():
            raise AssertionError(f"{wait.since} is checked when the journey is made")
        case moment:
            return moment(situation) or enrollment.ran_at
