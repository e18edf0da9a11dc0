"""What the mail service refuses is tried again, and has failed after the last attempt."""

from chalicelib.domain.journeys.journey import minutes
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import Status
from chalicelib.domain.journeys.settlement import refused
from tests.builders import START, an_enrollment, outcomes_of
from tests.domain.settlement.given import JOURNEY, POLICY, a_claim, is_consistent


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
