"""A run that cannot be handled is put aside, fails in the end, and can be tried again."""

import pytest

from chalicelib.domain.journeys.engine import Deliver, advance
from chalicelib.domain.journeys.journey import days
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import Enrollment, Status
from chalicelib.domain.journeys.settlement import parked, recovered, refused, revived, sent_outcome
from tests.builders import START, a_situation, an_enrollment, outcomes_of
from tests.domain.settlement.given import FIRST, JOURNEY, LEASE, POLICY, a_claim, is_consistent

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
