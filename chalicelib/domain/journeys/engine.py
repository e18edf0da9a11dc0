"""How a run begins, and what it does next: pure functions, the clock is an argument."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from chalicelib.domain.facts.answer import SurveyAnswered
from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.fact import Event
from chalicelib.domain.facts.facts import SUBJECTS, Facts
from chalicelib.domain.facts.order import Order, OrderPlaced
from chalicelib.domain.journeys.experiment import assign_arm, assign_variant
from chalicelib.domain.journeys.journey import (
    Branch,
    Journey,
    Message,
    Notify,
    Send,
    Split,
    Step,
    Wait,
)
from chalicelib.domain.journeys.occasions import end_of
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import CHANGED_HANDS, MARK, End, Enrollment, occurrence_at
from chalicelib.domain.journeys.situation import Situation, event_key
from chalicelib.domain.journeys.waits import waits_again, wake_time
from chalicelib.domain.time import stored_zone


@dataclass(frozen=True, slots=True)
class Sleep:
    """Nothing to do before ``until``."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Deliver:
    """A message is due now."""

    message: Message


@dataclass(frozen=True, slots=True)
class Exit:
    """The run is over; ``about`` names the order or the cart that ended it, if one did.

    ``whose``: the beginning of the key of the other customer at the address whose order it is.
    """

    reason: str
    about: str | None = field(default=None, compare=False)
    whose: str | None = field(default=None, compare=False)


Decision = Sleep | Deliver | Exit


def enroll(
    journey: Journey,
    event: Event,
    customer: str,
    facts: Facts,
    now: datetime,
    policy: Policy,
    *,
    since: datetime | None = None,
    again: bool = False,
) -> Enrollment | None:
    """Begin a run, if ``event`` begins one: armed for its first step, or ended at once if its exit already happened.

    ``again``: it is a later occasion of the event's subject; ``since``: when the time before it ended, if known.

    None if the event does not enroll in the journey, or if the first step was due longer than ``grace`` ago. A step
    that is due before the event (a launch announced after a tier's early access began) is due at the event.
    """
    on = journey.enroll
    if type(event) is not on.event or (on.when and not on.when(event, facts)):
        return None
    subject = (event_key(event, on.key) if on.key else None) or event.key
    begun = Enrollment(
        customer=customer,
        journey=journey.key,
        journey_version=journey.version,
        occurrence=_occurrence(journey, subject, event.at if again else None),
        subject=subject,
        trigger=type(event).__name__,
        entered_at=event.at,
        step=journey.steps[0].name,
        ran_at=event.at,
        arm=assign_arm(customer, journey.key, journey.holdout),
        again=again,
        since=since,
        zone=stored_zone(policy.zone),
        outcomes={"enrolled": Outcome("enrolled", Kind.ENROLLED, now)},
    )
    first = journey.steps[0]
    situation = Situation(begun, facts, now, policy)
    if isinstance(first, Wait) and max(wake_time(first, situation), event.at) < now - journey.grace:
        return None
    return rest(journey, situation)


def _occurrence(journey: Journey, subject: str, at: datetime | None) -> str:
    if journey.reentry.once:
        return "once"
    return occurrence_at(subject, at) if at else subject


def rest(journey: Journey, situation: Situation) -> Enrollment:
    """Run the steps up to the next message or wait; the run then waits with its next due time, or has ended."""
    enrollment, decision = advance(journey, situation)
    match decision:
        case Sleep(until):
            return replace(enrollment, due_at=until)
        case Deliver():
            return replace(enrollment, due_at=situation.now)
        case Exit(reason, about, whose):
            ended = enrollment.ended(situation.now, reason, about=about, whose=whose)
            return replace(ended, end=_end(journey, situation))


def _end(journey: Journey, situation: Situation) -> End | None:
    """How the occasion ends, if the run is about a cart: by the first exit, at its own time, else now.

    What becomes of a cart that is another customer's is not this occasion's, nor what it is if it comes back.
    """
    run = situation.enrollment
    if SUBJECTS.get(run.trigger) is not Cart:
        return None
    first = min(situation.happened(journey.exit, at_address=True), key=lambda event: event.at, default=None)
    if first is None and not _has_subject(journey, situation):
        return End(run.entered_at, None)
    order = first.order if isinstance(first, OrderPlaced) else None
    return end_of(run, situation.facts, first.at if first else situation.now, order)


def advance(journey: Journey, situation: Situation) -> tuple[Enrollment, Decision]:
    """What this run does next, decided on the facts at ``situation.now``.

    A wait counts from when the previous step ran: a message when it was sent, so a late timer never makes two go out
    together; a wait when it ended, and a step that sends nothing when it was reached, also if that is noticed late. A
    message is due when the step before it ran; it is skipped if that was longer than ``late`` ago, or before the last.
    """
    enrollment, now = situation.enrollment, situation.now
    if over := _exit(journey, situation):
        return enrollment, over
    missed = False
    while enrollment.step is not None:
        step, following = journey.plan[enrollment.step]
        here = replace(situation, enrollment=enrollment)
        match step:
            case Wait():
                until = wake_time(step, here)
                if until > now:
                    return enrollment, Sleep(until)
                missed = enrollment.message_at is not None and until <= enrollment.message_at
                enrollment = enrollment.moved(following, max(until, enrollment.ran_at))
            case Send() | Notify():
                if (again := waits_again(journey, here)) is not None:
                    wait, until = again
                    return enrollment.moved(wait.name, enrollment.ran_at), Sleep(until)
                if step.when and not step.when(here) and isinstance(step, Notify):
                    enrollment = enrollment.moved(following, enrollment.ran_at)
                elif step.when and not step.when(here):
                    enrollment = _skipped(enrollment, f"not_{step.when.__name__}", following, now)
                elif first_try := _first_try(enrollment):
                    enrollment = replace(enrollment.moved(following, first_try.at), message_at=first_try.at)
                elif _is_too_soon_again(journey, here):
                    return enrollment, Exit("re_entry")
                elif isinstance(step, Send) and here.is_just_bought:
                    return enrollment, Exit("just_bought")
                elif isinstance(step, Send) and (missed or (step.late and now > enrollment.ran_at + step.late)):
                    enrollment = _skipped(enrollment, "too_late", following, now)
                else:
                    return enrollment, Deliver(step)
            case Branch():
                way = step.then if step.when(here) else step.otherwise
                enrollment = enrollment.moved(_first(way, following), enrollment.ran_at)
            case Split():
                weights = step.weights or dict.fromkeys(step.variants, 1.0)
                variant = assign_variant(enrollment.customer, journey.key, step.name, weights)
                chosen = replace(enrollment, variants={**enrollment.variants, step.name: variant})
                enrollment = chosen.moved(_first(step.variants[variant], following), enrollment.ran_at)
            case _:
                assert_never(step)
    return enrollment, Exit("completed")


def _skipped(enrollment: Enrollment, reason: str, following: str | None, now: datetime) -> Enrollment:
    """The run without this message: what follows counts from when the message was due."""
    return enrollment.decided(Kind.SUPPRESSED, now, reason).moved(following, enrollment.ran_at)


def _first_try(enrollment: Enrollment) -> Outcome | None:
    """A late report that the previous try was sent after all; None if there is none."""
    if not enrollment.tries:
        return None
    return replace(enrollment, tries=enrollment.tries - 1).proof


def _first(steps: tuple[Step, ...], following: str | None) -> str | None:
    return steps[0].name if steps else following


def exit_reason(journey: Journey, situation: Situation) -> str | None:
    """The exit that the facts give, e.g. ``order_placed``; None if there is none yet."""
    over = _exit(journey, situation)
    return over.reason if over else None


def _exit(journey: Journey, situation: Situation) -> Exit | None:
    for event in situation.happened(journey.exit, at_address=True):
        reason = "".join(f"_{c.lower()}" if c.isupper() else c for c in type(event).__name__).lstrip("_")
        is_of_other = isinstance(event, OrderPlaced) and event.key not in situation.facts.orders
        theirs = (each for each in situation.facts.at_address if is_of_other and event.key in each.orders)
        return Exit(reason, event.key, next((each.customer.key[:MARK] for each in theirs), None))
    return None if _has_subject(journey, situation) else Exit(CHANGED_HANDS)


def _has_subject(journey: Journey, situation: Situation) -> bool:
    """Whether the cart or the order that began this run is still this customer's, or is one they answered about.

    Ids of carts and of orders may be the same numbers, so an order's ``cart_id`` counts only where runs bear it.
    """
    run, facts = situation.enrollment, situation.facts
    kind, subject = SUBJECTS.get(run.trigger), run.subject
    if kind is Cart:
        return subject in facts.carts
    if kind is not Order or (subject in facts.answers and SurveyAnswered in journey.listens_to):
        return True
    if journey.enroll.key == "cart_id":
        return any(subject == (order.cart_id or order.id) for order in facts.orders.values())
    return subject in facts.orders


def _is_too_soon_again(journey: Journey, situation: Situation) -> bool:
    enrollment, cool_down = situation.enrollment, journey.reentry.cool_down
    if not cool_down or enrollment.first_allowed_at:
        return False
    return any(
        run.journey == journey.key and run.occurrence != enrollment.occurrence and situation.now < run.at + cool_down
        for run in situation.contacts.runs
    )
