"""One customer's run of a journey: how it begins, and what it does next. Pure: the clock is an argument.

    waiting ──claim──► sending ──settle──► waiting ... ──► ended
       ▲                  │ refused: nothing was sent
       └──────────────────┘

An enrollment has a ``due_at`` exactly while it is waiting or sending; while sending it is the end of the lease.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from chalicelib.domain.customer import Facts
from chalicelib.domain.events import Event
from chalicelib.domain.experiment import Arm, assign_arm, assign_variant
from chalicelib.domain.journey import At, Branch, Either, Journey, Message, Notify, On, Send, Split, Step, Wait
from chalicelib.domain.local_time import next_local
from chalicelib.domain.outcomes import Kind, Outcome
from chalicelib.domain.policy import Policy
from chalicelib.domain.situation import Situation, event_key

INSTANT = timedelta(milliseconds=1)


class Status(StrEnum):
    """Where an enrollment is."""

    WAITING = "waiting"
    SENDING = "sending"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Enrollment:
    """One customer's run of a journey.

    ``occurrence`` keeps runs apart (the cart's id, or ``once``); ``subject`` is the key of the event that began it and
    ``entered_at`` that event's own time; ``step`` the step to run next, ``ran_at`` when the one before it ran;
    ``message_at`` the last message's moment, ``first_allowed_at`` the first one's (sent or withheld: from here the goal
    is measured); ``claimed_at`` when it began to be sent, kept by a run that failed while nobody knew whether it was;
    ``attempts`` counts its failures, ``throttled`` the times it was told "not now", ``tries`` the repeated sends of one
    step; ``version`` is the optimistic lock; ``known_as`` the key that the customer had before they turned out to be
    another: sends keep their names.
    """

    customer: str
    journey: str
    journey_version: int
    occurrence: str
    subject: str
    trigger: str
    entered_at: datetime
    ran_at: datetime
    step: str | None = None
    status: Status = Status.WAITING
    due_at: datetime | None = None
    arm: Arm = Arm.TREATED
    variants: Mapping[str, str] = field(default_factory=dict)
    message_at: datetime | None = None
    first_allowed_at: datetime | None = None
    deferred_since: datetime | None = None
    claimed_at: datetime | None = None
    attempts: int = 0
    throttled: int = 0
    tries: int = 0
    version: int = 0
    known_as: str | None = None
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Names this run among the customer's: the journey and a digest of the occurrence."""
        return enrollment_id(self.journey, self.occurrence)

    @property
    def send_id(self) -> str:
        """Names one send attempt of the step at hand: the claim, the mail's tag and the outcomes carry it."""
        customer = self.known_as or self.customer
        parts = (customer, self.journey, self.journey_version, self.occurrence, self.step, self.tries)
        return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:32]

    def with_outcome(self, outcome: Outcome) -> Enrollment:
        """This enrollment with one more outcome; one that is already there stays as it is."""
        if outcome.id in self.outcomes:
            return self
        return replace(self, outcomes={**self.outcomes, outcome.id: outcome})

    def moved_to(self, customer: str) -> Enrollment:
        """This enrollment as that of the customer whom its own turned out to be."""
        return replace(self, customer=customer, known_as=self.known_as or self.customer)

    def decided(self, kind: Kind, at: datetime, reason: str | None = None) -> Enrollment:
        """This enrollment with the outcome of a decision about the step at hand."""
        name = f"{kind}#{self.step}#{self.version}"
        return self.with_outcome(Outcome(name, kind, at, step=self.step, reason=reason))

    def ended(self, now: datetime, reason: str, kind: Kind = Kind.EXITED) -> Enrollment:
        """This enrollment at its end."""
        done = self.with_outcome(Outcome(str(kind), kind, now, step=self.step, reason=reason))
        return replace(done, status=Status.ENDED, step=None, due_at=None, claimed_at=None)

    def moved(self, step: str | None, now: datetime) -> Enrollment:
        """This enrollment before the next step, the step at hand having run at ``now``."""
        fresh = replace(self, claimed_at=None, deferred_since=None, attempts=0, throttled=0, tries=0)
        return replace(fresh, status=Status.WAITING, step=step, ran_at=now)


def enrollment_id(journey: str, occurrence: str) -> str:
    """``journey#digest``: safe in a key and in a mail's tag whatever the shop's ids look like."""
    return f"{journey}#{hashlib.sha256(occurrence.encode()).hexdigest()[:16]}"


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
    """The run is over."""

    reason: str


Decision = Sleep | Deliver | Exit


def enroll(
    journey: Journey, event: Event, customer: str, facts: Facts, now: datetime, policy: Policy
) -> Enrollment | None:
    """Begin a run, if ``event`` begins one: armed for its first step, or ended at once if it is over already.

    None when the event is none of the journey's, or so old that the first step was due longer than ``grace`` ago.
    """
    on = journey.enroll
    if type(event) is not on.event or (on.when and not on.when(event, facts)):
        return None
    subject = (event_key(event, on.key) if on.key else None) or event.key
    begun = Enrollment(
        customer=customer,
        journey=journey.key,
        journey_version=journey.version,
        occurrence="once" if journey.reentry.once else subject,
        subject=subject,
        trigger=type(event).__name__,
        entered_at=event.at,
        step=journey.steps[0].name,
        ran_at=event.at,
        arm=assign_arm(customer, journey.key, journey.holdout),
        outcomes={"enrolled": Outcome("enrolled", Kind.ENROLLED, now)},
    )
    first = journey.steps[0]
    situation = Situation(begun, facts, now, policy)
    if isinstance(first, Wait) and wake_time(first, situation) < now - journey.grace:
        return None
    return rest(journey, situation)


def rest(journey: Journey, situation: Situation) -> Enrollment:
    """Run what can run without a message and lie down: waiting with the next due time, or ended."""
    enrollment, decision = advance(journey, situation)
    match decision:
        case Sleep(until):
            return replace(enrollment, due_at=until)
        case Deliver():
            return replace(enrollment, due_at=situation.now)
        case Exit(reason):
            return enrollment.ended(situation.now, reason)


def advance(journey: Journey, situation: Situation) -> tuple[Enrollment, Decision]:
    """What this run does next, judged on the facts as they are at ``situation.now``.

    A wait counts from when the step before it ran, so a late timer never makes two messages go out together; where a
    wait for a moment was over before the last message even went, the next message comes too late and is left out.
    """
    enrollment, now = situation.enrollment, situation.now
    if reason := exit_reason(journey, situation):
        return enrollment, Exit(reason)
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
                enrollment = enrollment.moved(following, now)
            case Send() | Notify():
                if step.when and not step.when(here) and isinstance(step, Notify):
                    enrollment = enrollment.moved(following, now)
                elif step.when and not step.when(here):
                    enrollment = _left_out(enrollment, f"not_{step.when.__name__}", following, now)
                elif first_try := _first_try(enrollment):
                    enrollment = replace(enrollment.moved(following, first_try.at), message_at=first_try.at)
                elif missed and isinstance(step, Send):
                    enrollment = _left_out(enrollment, "too_late", following, now)
                elif _is_too_soon_again(journey, here):
                    return enrollment, Exit("re_entry")
                else:
                    return enrollment, Deliver(step)
            case Branch():
                way = step.then if step.when(here) else step.otherwise
                enrollment = enrollment.moved(_first(way, following), now)
            case Split():
                weights = step.weights or dict.fromkeys(step.variants, 1.0)
                variant = assign_variant(enrollment.customer, journey.key, step.name, weights)
                chosen = replace(enrollment, variants={**enrollment.variants, step.name: variant})
                enrollment = chosen.moved(_first(step.variants[variant], following), now)
            case _:
                assert_never(step)
    return enrollment, Exit("completed")


def _left_out(enrollment: Enrollment, reason: str, following: str | None, now: datetime) -> Enrollment:
    return enrollment.decided(Kind.SUPPRESSED, now, reason).moved(following, now)


def _first_try(enrollment: Enrollment) -> Outcome | None:
    """The proof, come late, that the try before this one was sent after all."""
    if not enrollment.tries:
        return None
    return enrollment.outcomes.get(f"{Kind.SENT}#{replace(enrollment, tries=enrollment.tries - 1).send_id}")


def _first(steps: tuple[Step, ...], following: str | None) -> str | None:
    return steps[0].name if steps else following


def exit_reason(journey: Journey, situation: Situation) -> str | None:
    """Why the run is over by the facts, e.g. ``order_placed``; None while it is not."""
    for event in situation.happened(journey.exit):
        return "".join(f"_{c.lower()}" if c.isupper() else c for c in type(event).__name__).lstrip("_")
    return None if situation.has_subject else "changed_hands"


def wake_time(wait: Wait, situation: Situation) -> datetime:
    """When a wait is over, as far as is known now."""
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


def _moment(wait: Wait, situation: Situation) -> datetime:
    enrollment = situation.enrollment
    match wait.since:
        case None:
            return enrollment.ran_at
        case "trigger":
            return enrollment.entered_at
        case "activity":
            cart = situation.facts.carts.get(enrollment.subject)
            return max(enrollment.entered_at, cart.at) if cart else enrollment.entered_at
        case str():
            raise AssertionError(f"{wait.since} is checked when the journey is made")
        case moment:
            return moment(situation) or enrollment.ran_at


def _is_too_soon_again(journey: Journey, situation: Situation) -> bool:
    enrollment, cool_down = situation.enrollment, journey.reentry.cool_down
    if not cool_down or enrollment.first_allowed_at:
        return False
    return any(
        run.journey == journey.key and run.occurrence != enrollment.occurrence and situation.now < run.at + cool_down
        for run in situation.contacts.runs
    )
