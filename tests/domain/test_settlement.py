"""What becomes of a step's message: claimed, refused, passed, recovered; always one record and one due time."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.journeys.contacts import Contact, Contacts
from chalicelib.domain.journeys.eligibility import Deferred, Suppressed, Withheld, judge
from chalicelib.domain.journeys.engine import Deliver, Sleep, advance
from chalicelib.domain.journeys.journey import (
    MARKETING,
    Goal,
    Journey,
    Notify,
    On,
    OrderPlaced,
    Send,
    Unknown,
    Wait,
    days,
    hours,
    minutes,
)
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment, Status
from chalicelib.domain.journeys.settlement import (
    claimed,
    judged,
    parked,
    recovered,
    refused,
    revived,
    sent,
    sent_outcome,
)
from tests.builders import START, a_situation, an_enrollment, outcomes_of, utc

LEASE = minutes(5)
POLICY = Policy()
FIRST = Send("a", "a")


def a_journey(unknown: Unknown = Unknown.ABANDON) -> Journey:
    """Two messages, two days apart."""
    return Journey(
        key="hello",
        version=1,
        purpose=MARKETING,
        enroll=On(OrderPlaced, key="order_id"),
        goal=Goal(OrderPlaced, within=days(5)),
        unknown=unknown,
        steps=(FIRST, Wait("w", days(2)), Send("b", "b"), Wait("w2", days(1)), Notify("n", "n")),
    )


JOURNEY = a_journey()


def a_claim(now: datetime = START, step: str = "a", **more: Any) -> Enrollment:
    """A run whose message at this step was claimed."""
    return claimed(an_enrollment(JOURNEY, step=step, version=7, **more), now, LEASE)


def is_consistent(run: Enrollment) -> bool:
    """An enrollment is in the due index exactly while it waits or is being sent, and has a step exactly then too."""
    return (run.due_at is None) == (run.status is Status.ENDED) == (run.step is None)


# Claim


def test_a_claim_holds_for_the_lease_and_then_comes_back_by_itself() -> None:
    claim = a_claim()

    assert (claim.status, claim.claimed_at, claim.due_at) == (Status.SENDING, START, START + LEASE)


def test_the_goal_is_measured_from_the_first_claim_and_no_later_one() -> None:
    first = a_claim()
    second = a_claim(START + days(2), step="b", first_allowed_at=first.first_allowed_at)

    assert (first.first_allowed_at, second.first_allowed_at) == (START, START)


# Sent


def test_what_was_sent_is_recorded_and_the_next_wait_counts_from_the_claim() -> None:
    after = sent(JOURNEY, a_situation(a_claim(), now=START + timedelta(seconds=2)))

    assert outcomes_of(after) == [(Kind.SENT, "a", None)]
    assert after.outcomes[f"sent#{a_claim().send_id}"].at == START
    assert (after.step, after.status, after.due_at) == ("w", Status.WAITING, START + days(2))
    assert (after.message_at, after.claimed_at) == (START, None)


def test_dispatch_and_the_mail_service_report_a_send_under_one_id() -> None:
    claim = a_claim()
    reported = claim.with_outcome(sent_outcome(claim.send_id, "a", START + timedelta(seconds=1)))

    after = sent(JOURNEY, a_situation(reported))

    assert outcomes_of(after) == [(Kind.SENT, "a", None)]


# Judged


@pytest.mark.parametrize(
    ("verdict", "kind", "reason"),
    [(Withheld(), Kind.WITHHELD, None), (Suppressed("no_consent"), Kind.SUPPRESSED, "no_consent")],
)
def test_what_does_not_go_is_recorded_and_the_run_goes_on(verdict: Any, kind: Kind, reason: str | None) -> None:
    after = judged(JOURNEY, a_situation(an_enrollment(JOURNEY)), verdict)

    assert outcomes_of(after) == [(kind, "a", reason)]
    assert (after.step, after.due_at) == ("w", START + days(2))
    assert is_consistent(after)


def test_a_message_that_was_withheld_counts_as_its_moment_and_a_suppressed_one_does_not() -> None:
    withheld = judged(JOURNEY, a_situation(an_enrollment(JOURNEY)), Withheld())
    suppressed = judged(JOURNEY, a_situation(an_enrollment(JOURNEY)), Suppressed("no_consent"))

    assert (withheld.first_allowed_at, withheld.message_at) == (START, START)
    assert (suppressed.first_allowed_at, suppressed.message_at) == (None, None)


def test_what_is_deferred_stays_at_its_step_and_remembers_since_when() -> None:
    situation = a_situation(an_enrollment(JOURNEY))

    once = judged(JOURNEY, situation, Deferred(START + hours(3), "frequency_cap"))
    again = judged(
        JOURNEY, a_situation(replace(once, version=1), now=START + hours(3)), Deferred(START + hours(9), "quiet_hours")
    )

    assert (once.step, once.due_at, once.deferred_since) == ("a", START + hours(3), START)
    assert (again.step, again.due_at, again.deferred_since) == ("a", START + hours(9), START)
    assert outcomes_of(again) == [(Kind.DEFERRED, "a", "frequency_cap"), (Kind.DEFERRED, "a", "quiet_hours")]


def test_a_night_that_was_waited_out_is_no_part_of_waiting_for_a_turn() -> None:
    """Deferred at 21:00 for the night; at 08:00 the cap has room in 20 hours, within the limit of 24."""
    evening, morning = utc("2026-03-02 21:00"), utc("2026-03-03 08:00")
    contacts = Contacts((Contact("other", morning - hours(4), MARKETING),))
    night = a_situation(an_enrollment(JOURNEY), now=evening)

    waited = judged(JOURNEY, night, judge(JOURNEY, FIRST, night))
    verdict = judge(JOURNEY, FIRST, a_situation(waited, now=morning, contacts=contacts))

    assert waited.due_at == morning
    assert verdict == Deferred(morning + hours(20), "frequency_cap")


def test_the_next_step_has_a_deferring_limit_of_its_own() -> None:
    deferred = an_enrollment(JOURNEY, deferred_since=START - hours(20), attempts=3, tries=1)

    after = judged(JOURNEY, a_situation(deferred), Suppressed("frequency_cap"))

    assert (after.deferred_since, after.attempts, after.tries) == (None, 0, 0)


@pytest.mark.parametrize("verdict", [Suppressed("unsubscribed"), Deferred(START + hours(3), "frequency_cap")])
def test_a_claim_that_was_called_off_before_sending_leaves_no_trace_of_a_first_message(verdict: Any) -> None:
    """The goal's window and the cool-down count from a message that went or was withheld: this one did neither."""
    after = judged(JOURNEY, a_situation(a_claim()), verdict)

    assert (after.status, after.claimed_at) == (Status.WAITING, None)
    assert after.first_allowed_at is None


# Refused


def test_a_refusal_is_tried_again_later_and_later_each_time() -> None:
    run, waits = a_claim(), []
    for _ in range(POLICY.attempts - 1):
        run = refused(run, START, POLICY, "no")
        waits.append(run.due_at - START if run.due_at else None)
        assert (run.status, run.step, run.claimed_at) == (Status.WAITING, "a", None)

    assert waits == [minutes(1), minutes(2), minutes(4), minutes(8)]


def test_after_five_attempts_it_has_failed_for_the_last_reason() -> None:
    run = a_claim()
    for attempt in range(POLICY.attempts):
        assert run.status is not Status.ENDED
        run = refused(run, START, POLICY, f"no {attempt}")

    assert outcomes_of(run) == [(Kind.FAILED, "a", "no 4")]
    assert is_consistent(run)


def test_throttling_is_no_failure_however_often() -> None:
    run = a_claim()
    for _ in range(100):
        run = refused(run, START, POLICY, "throttled", for_now=True)

    assert (run.status, run.due_at) == (Status.WAITING, START + minutes(30))
    assert outcomes_of(run) == []


def test_throttling_uses_up_none_of_the_attempts() -> None:
    run = a_claim()
    for _ in range(10):
        run = refused(run, START, POLICY, "throttled", for_now=True)

    run = refused(run, START, POLICY, "malformed")

    assert run.status is Status.WAITING


def test_a_refused_message_may_be_sent_again_under_the_same_id() -> None:
    run = an_enrollment(JOURNEY)

    assert refused(a_claim(), START, POLICY, "no").send_id == run.send_id


# Recovered


def test_a_claim_whose_lease_is_over_waits_for_word_of_the_mail_service() -> None:
    after = recovered(JOURNEY, a_situation(a_claim(), now=START + LEASE))

    assert (after.status, after.step, after.due_at) == (Status.SENDING, "a", START + POLICY.unknown_after)
    assert outcomes_of(after) == []


@pytest.mark.parametrize("now", [START + LEASE, START + days(9)])
def test_the_mail_services_word_settles_it_as_sent_when_it_was(now: datetime) -> None:
    claim = a_claim()
    reported = claim.with_outcome(sent_outcome(claim.send_id, "a", START))

    after = recovered(JOURNEY, a_situation(reported, now=now))

    assert outcomes_of(after) == [(Kind.SENT, "a", None)]
    assert after.due_at == max(now, START + days(2))
    assert after.message_at == START


def test_without_a_word_it_is_abandoned_and_never_sent_again() -> None:
    after = recovered(JOURNEY, a_situation(a_claim(), now=START + POLICY.unknown_after))

    assert outcomes_of(after) == [(Kind.ABANDONED, "a", "unknown_send")]
    assert (after.step, after.due_at) == ("w", START + days(2))


@pytest.mark.parametrize(("step", "to_team"), [("a", False), ("n", True)])
def test_what_is_abandoned_says_whether_it_was_for_the_customer_or_the_team(step: str, to_team: bool) -> None:
    after = recovered(JOURNEY, a_situation(a_claim(step=step), now=START + POLICY.unknown_after))

    assert [each.to_team for each in after.outcomes.values() if each.kind is Kind.ABANDONED] == [to_team]


def test_a_journey_that_says_so_sends_once_more_under_another_id() -> None:
    journey = a_journey(Unknown.RESEND)
    claim, later = a_claim(), START + POLICY.unknown_after

    again = recovered(journey, a_situation(claim, now=later))
    lost_too = recovered(journey, a_situation(claimed(again, later, LEASE), now=later + POLICY.unknown_after))

    assert (again.status, again.step, again.due_at) == (Status.WAITING, "a", later)
    assert again.send_id != claim.send_id
    assert outcomes_of(lost_too) == [(Kind.ABANDONED, "a", "unknown_send")]


def test_word_of_the_first_try_settles_the_second_that_still_waits() -> None:
    """Deferred to the morning, say: by then the mail service has reported that the first one went."""
    journey = a_journey(Unknown.RESEND)
    claim, later = a_claim(), START + POLICY.unknown_after
    waiting = recovered(journey, a_situation(claim, now=later))

    reported = waiting.with_outcome(sent_outcome(claim.send_id, "a", START))
    _, decision = advance(journey, a_situation(reported, now=later + hours(9)))

    assert decision == Sleep(START + days(2))


def test_a_notice_to_the_team_is_no_message_to_the_customer() -> None:
    claim = claimed(an_enrollment(JOURNEY, step="n"), START, LEASE, to_customer=False)

    after = sent(JOURNEY, a_situation(claim))

    assert (claim.first_allowed_at, after.first_allowed_at, after.message_at) == (None, None, None)


def test_a_notice_that_was_sent_is_recorded_and_ends_the_run() -> None:
    after = sent(JOURNEY, a_situation(a_claim(step="n")))

    assert outcomes_of(after) == [(Kind.SENT, "n", None), (Kind.EXITED, None, "completed")]
    assert is_consistent(after)


# Put aside


def test_a_claimed_run_that_is_put_aside_stays_claimed_for_it_may_have_been_sent() -> None:
    claim = a_claim()

    after = parked(claim, START + LEASE, POLICY, "unreadable_facts")

    assert (after.status, after.claimed_at) == (Status.SENDING, START)
    assert after.due_at is not None
    assert after.due_at > START + LEASE
    assert after.attempts == claim.attempts + 1


def test_a_waiting_run_that_is_put_aside_waits_and_has_failed_at_last() -> None:
    run = an_enrollment(JOURNEY, step="a")

    for _ in range(POLICY.attempts - 1):
        run = parked(run, START, POLICY, "unreadable_facts")
        assert run.status is Status.WAITING
    run = parked(run, START, POLICY, "unreadable_facts")

    assert outcomes_of(run) == [(Kind.FAILED, "a", "unreadable_facts")]


# Tried again after it had failed


def a_failure(run: Enrollment) -> Enrollment:
    """The run after as many attempts as there are, put aside each time."""
    for _ in range(POLICY.attempts):
        run = parked(run, START, POLICY, "unreadable_facts")
    return run


def test_a_failed_run_goes_back_to_its_step_with_all_its_attempts() -> None:
    failed = a_failure(an_enrollment(JOURNEY, step="b", deferred_since=START - days(9), throttled=3))

    back = revived(failed, START + days(1))

    assert (back.status, back.step, back.due_at) == (Status.WAITING, "b", START + days(1))
    assert (back.attempts, back.throttled, back.deferred_since) == (0, 0, None)
    assert outcomes_of(back) == [(Kind.DEFERRED, "b", "retried")]
    assert is_consistent(back)


def test_a_run_that_fails_again_has_failed_once_and_can_be_tried_again() -> None:
    again = a_failure(revived(a_failure(an_enrollment(JOURNEY)), START + days(1)))

    assert outcomes_of(again, Kind.FAILED) == [(Kind.FAILED, "a", "unreadable_facts")]
    assert revived(again, START + days(2)).status is Status.WAITING


def test_what_was_refused_for_good_is_sent_under_the_same_id() -> None:
    claim = a_claim(attempts=POLICY.attempts - 1)

    back = revived(refused(claim, START, POLICY, "no"), START + days(1))
    _, decision = advance(JOURNEY, a_situation(back, now=START + days(1)))

    assert (back.status, back.send_id) == (Status.WAITING, claim.send_id)
    assert decision == Deliver(FIRST)


def test_a_run_that_failed_while_it_may_have_been_sent_is_settled_and_not_sent_again() -> None:
    failed = a_failure(a_claim())

    back = revived(failed, START + days(1))
    after = recovered(JOURNEY, a_situation(back, now=START + days(1)))

    assert (failed.status, failed.due_at) == (Status.ENDED, None)
    assert (back.status, back.send_id, back.claimed_at) == (Status.SENDING, a_claim().send_id, START)
    assert outcomes_of(after) == [(Kind.DEFERRED, "a", "retried"), (Kind.ABANDONED, "a", "unknown_send")]
    assert (after.step, after.due_at) == ("w", START + days(2))


@pytest.mark.parametrize("claim", [a_claim(), an_enrollment(JOURNEY)])
def test_word_of_the_mail_service_about_a_failed_run_settles_it_as_sent(claim: Enrollment) -> None:
    reported = a_failure(claim).with_outcome(sent_outcome(a_claim().send_id, "a", START))

    after = recovered(JOURNEY, a_situation(revived(reported, START + days(1)), now=START + days(1)))

    assert outcomes_of(after, Kind.SENT, Kind.FAILED, Kind.ABANDONED) == [(Kind.SENT, "a", None)]


@pytest.mark.parametrize(
    "run", [an_enrollment(JOURNEY), a_claim(), an_enrollment(JOURNEY).ended(START, "order_placed")]
)
def test_what_has_not_failed_is_left_as_it_is(run: Enrollment) -> None:
    assert revived(run, START + days(1)) is run
