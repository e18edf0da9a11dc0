"""How a step's message is settled: claimed, refused, passed, or recovered if it is unknown whether it was sent."""

from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.journeys.eligibility import QUIET_HOURS, Allowed, Deferred, Suppressed, Verdict, Withheld
from chalicelib.domain.journeys.engine import rest
from chalicelib.domain.journeys.journey import Journey, Send, Unknown
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment, Status
from chalicelib.domain.journeys.situation import Situation

RETRIED = "retried"
"""The reason of the deferral of a retried run."""


def claimed(enrollment: Enrollment, now: datetime, lease: timedelta, *, to_customer: bool = True) -> Enrollment:
    """The run with its message claimed: the process that stores this may send it."""
    first = enrollment.first_allowed_at or (now if to_customer else None)
    return replace(enrollment, status=Status.SENDING, claimed_at=now, due_at=now + lease, first_allowed_at=first)


def called_off(enrollment: Enrollment) -> Enrollment:
    """A claimed run as before its claim: nothing was sent, and no time counts from the claim."""
    if enrollment.claimed_at is None:
        return enrollment
    first = None if enrollment.first_allowed_at == enrollment.claimed_at else enrollment.first_allowed_at
    return replace(enrollment, status=Status.WAITING, claimed_at=None, first_allowed_at=first)


def refused(enrollment: Enrollment, now: datetime, policy: Policy, reason: str, *, for_now: bool = False) -> Enrollment:
    """It was definitely not sent: retry later, with growing delays; after ``policy.attempts`` it has failed.

    ``for_now`` (throttling) is not a failure: it is retried without a limit.
    """
    if not for_now and enrollment.attempts + 1 >= policy.attempts:
        return enrollment.ended(now, reason, Kind.FAILED)
    turns = min(enrollment.attempts + enrollment.throttled, 10)
    return replace(
        enrollment,
        status=Status.WAITING,
        claimed_at=None,
        attempts=enrollment.attempts + (not for_now),
        throttled=enrollment.throttled + for_now,
        due_at=now + min(timedelta(minutes=2**turns), policy.longest_back_off),
    )


def parked(enrollment: Enrollment, now: datetime, policy: Policy, reason: str, *, for_now: bool = False) -> Enrollment:
    """It could not be handled: retry later, as after a refusal; after ``policy.attempts`` it has failed.

    ``for_now`` (a service of AWS was unavailable) is not a failure.

    A claimed run stays claimed, even if it has failed: its message may have been sent.
    """
    aside = refused(enrollment, now, policy, reason, for_now=for_now)
    if enrollment.status is not Status.SENDING:
        return aside
    status = Status.SENDING if aside.status is Status.WAITING else aside.status
    return replace(aside, status=status, claimed_at=enrollment.claimed_at)


def revived(enrollment: Enrollment, now: datetime) -> Enrollment:
    """A failed run at the step where it failed, due at once, with all its attempts; the same run if it has not failed.

    Its failure becomes a deferral, so that it ends and is settled once. A run that was claimed when it failed may have
    been sent: it is claimed again, so that ``recovered`` settles it; it is not sent at once.
    """
    failure = enrollment.outcomes.get(Kind.FAILED)
    if enrollment.status is not Status.ENDED or failure is None or failure.step is None:
        return enrollment
    back = replace(taken_up(enrollment, failure, now, RETRIED), due_at=now)
    if since := enrollment.claimed_at or (back.proof.at if back.proof else None):
        back = replace(back, status=Status.SENDING, claimed_at=since)
    return back


def taken_up(enrollment: Enrollment, failure: Outcome, now: datetime, reason: str) -> Enrollment:
    """A failed run at the step where it failed, with all its attempts, and a deferral in place of its failure."""
    others = {name: outcome for name, outcome in enrollment.outcomes.items() if outcome is not failure}
    fresh = replace(enrollment, deferred_since=None, attempts=0, throttled=0, outcomes=others)
    return replace(fresh, status=Status.WAITING, step=failure.step).decided(Kind.DEFERRED, now, reason)


def given_up(run: Enrollment, now: datetime, *, to_customer: bool) -> Outcome:
    """The outcome that it stays unknown whether the run's message was sent."""
    name = f"{Kind.ABANDONED}#{run.send_id}"
    return Outcome(name, Kind.ABANDONED, now, step=run.step, reason="unknown_send", to_team=not to_customer)


def passed(journey: Journey, situation: Situation, outcome: Outcome, at: datetime, *, message: bool) -> Enrollment:
    """The run after the current step with this ``outcome``: it continues up to its next message or wait.

    ``at`` is when the step ran; ``message``: it sent or withheld a message, so ``at`` is the message's time.
    """
    enrollment = situation.enrollment
    following = journey.plan[enrollment.step][1] if enrollment.step else None
    after = enrollment.with_outcome(outcome).moved(following, at)
    if message:
        after = replace(after, message_at=at, first_allowed_at=enrollment.first_allowed_at or at)
    return rest(journey, replace(situation, enrollment=after))


def sent_outcome(send_id: str, step: str | None, at: datetime, *, to_team: bool = False) -> Outcome:
    """The outcome that a send was accepted; dispatch and the mail service's events report it under the same id."""
    return Outcome(f"{Kind.SENT}#{send_id}", Kind.SENT, at, step=step, to_team=to_team)


def sent(journey: Journey, situation: Situation) -> Enrollment:
    """The run after the mail service accepted the claimed message."""
    run = situation.enrollment
    at = run.claimed_at or situation.now
    to_customer = is_to_customer(journey, run)
    outcome = sent_outcome(run.send_id, run.step, at, to_team=not to_customer)
    return _looked_at(passed(journey, situation, outcome, at, message=to_customer), situation, to_customer)


def _looked_at(after: Enrollment, situation: Situation, to_customer: bool) -> Enrollment:
    """After a notice to the team the run is due at once: a fact that came while it was being sent has woken nobody."""
    if to_customer or after.due_at is None:
        return after
    return replace(after, due_at=min(after.due_at, situation.now))


def judged(journey: Journey, situation: Situation, verdict: Verdict, *, to_team: bool = False) -> Enrollment:
    """The run after a verdict that does not send: withheld, suppressed or deferred, each with its outcome.

    ``to_team``: the message is a notice to the shop's team.
    """
    run, now = called_off(situation.enrollment), situation.now
    before = replace(situation, enrollment=run)
    name = f"{run.step}#{run.version}"
    match verdict:
        case Withheld():
            outcome = Outcome(f"{Kind.WITHHELD}#{name}", Kind.WITHHELD, now, step=run.step)
            return passed(journey, before, outcome, now, message=True)
        case Suppressed(reason):
            outcome = Outcome(
                f"{Kind.SUPPRESSED}#{name}", Kind.SUPPRESSED, now, step=run.step, reason=reason, to_team=to_team
            )
            return passed(journey, before, outcome, now, message=False)
        case Deferred(until, reason):
            since = run.deferred_since if reason == QUIET_HOURS else run.deferred_since or now
            return replace(run, due_at=until, deferred_since=since).decided(Kind.DEFERRED, now, reason)
        case Allowed():
            raise AssertionError("an allowed send is claimed, not judged away")


def recovered(journey: Journey, situation: Situation) -> Enrollment:
    """A claimed run after its lease: it is unknown whether it was sent, so it is not sent again at once.

    An event of the mail service proves it was sent; without one it waits for ``unknown_after`` and is then abandoned,
    or, if the journey allows it, sent once more under a new send id.
    """
    run, now = situation.enrollment, situation.now
    since = run.claimed_at or now
    hope_ends = since + situation.policy.unknown_after
    if run.proof:
        return sent(journey, situation)
    if now < hope_ends:
        return replace(run, due_at=hope_ends)
    if journey.unknown is Unknown.RESEND and run.tries == 0:
        return replace(run, status=Status.WAITING, claimed_at=None, tries=1, due_at=now)
    to_customer = is_to_customer(journey, run)
    outcome = given_up(run, now, to_customer=to_customer)
    return _looked_at(passed(journey, situation, outcome, since, message=to_customer), situation, to_customer)


def is_to_customer(journey: Journey, run: Enrollment) -> bool:
    """Whether the current step sends to the customer, not to the shop's team."""
    return run.step is not None and isinstance(journey.plan[run.step][0], Send)
