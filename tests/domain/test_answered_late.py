"""A survey that is answered after its run was done is taken up again, so that the team is told of a bad answer."""

from dataclasses import replace
from datetime import timedelta

import pytest

import workflows
from chalicelib.domain.facts.answer import Answer
from chalicelib.domain.journeys.corrections import reopened
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.run import Enrollment, Status
from tests.builders import START, a_situation, an_answer, an_enrollment, an_order, facts

pytestmark = pytest.mark.journeys("nps_survey")
DONE_AT = START + timedelta(days=105)
ORDER = an_order("order-1", START)


def done(**more: object) -> Enrollment:
    """A run that was asked and done without an answer."""
    (journey,) = workflows.current()
    given = {"subject": "order-1", "occurrence": "order-1", "first_allowed_at": START + timedelta(days=14)}
    run = an_enrollment(journey, **(given | more))
    return run.ended(DONE_AT, "completed")


def looked_at(run: Enrollment, answer: Answer | None) -> Enrollment:
    (journey,) = workflows.current()
    known = facts(ORDER, *([answer] if answer else []))
    return reopened(journey, a_situation(run, known, DONE_AT + timedelta(hours=2)))


@pytest.mark.parametrize("later", [timedelta(0), timedelta(hours=1)])
def test_it_goes_on_at_its_last_wait_for_the_answer_without_its_end(later: timedelta) -> None:
    run = done()

    again = looked_at(run, an_answer("order-1", DONE_AT + later, score=2))

    assert again.status is Status.WAITING
    assert again.due_at == DONE_AT + timedelta(hours=2)
    assert Kind.EXITED not in again.outcomes
    assert set(again.outcomes) == set(run.outcomes) - {"exited"}
    assert again.step == "tell_team"  # the wait for the answer is over


@pytest.mark.parametrize(
    ("run", "at"),
    [
        ({"first_allowed_at": None}, 1),
        ({}, -1),
        ({"subject": "order-9"}, 1),
    ],
)
def test_an_answer_to_another_survey_or_from_before_the_end_changes_nothing(run: dict[str, object], at: int) -> None:
    over = done(**run)

    assert looked_at(over, an_answer("order-1", DONE_AT + timedelta(hours=at), score=2)) is over


@pytest.mark.parametrize(
    ("kind", "step", "stays"),
    [
        (Kind.SENT, "tell_team", True),
        (Kind.ABANDONED, "tell_team_2", True),
        (Kind.SENT, "reminder", False),
        (Kind.DELIVERED, "tell_team", False),
    ],
)
def test_it_stays_done_if_the_team_was_told_by_another_customer_s_run_that_was_united_with_it(
    kind: Kind, step: str, stays: bool
) -> None:
    run = done()
    united = run.with_outcome(Outcome(f"{kind}#1", kind, DONE_AT, step=step))

    again = looked_at(united, an_answer("order-1", DONE_AT + timedelta(hours=1), score=2))

    assert (again is united) is stays


def test_without_an_answer_it_stays_done() -> None:
    over = done()

    assert looked_at(over, None) is over


def test_what_ended_for_another_reason_is_not_taken_up_by_an_answer() -> None:
    over = replace(done(), outcomes={}).ended(DONE_AT, "re_entry")

    assert looked_at(over, an_answer("order-1", DONE_AT + timedelta(hours=1), score=2)) is over


def failed(step: str, **more: object) -> Enrollment:
    """A run that was asked and failed at a step."""
    (journey,) = workflows.current()
    given = {"subject": "order-1", "occurrence": "order-1", "first_allowed_at": START + timedelta(days=14)}
    given |= {"step": step, "attempts": 4, "throttled": 2, "tries": 1, "deferred_since": START}
    run = an_enrollment(journey, **(given | more))
    return replace(run.ended(DONE_AT, "MessageRejected", Kind.FAILED), claimed_at=run.claimed_at)


@pytest.mark.parametrize("step", ["survey", "reminder"])
@pytest.mark.parametrize("later", [timedelta(hours=-1), timedelta(hours=1)])
def test_a_run_that_had_failed_before_it_saw_the_answer_goes_on_after_it(step: str, later: timedelta) -> None:
    again = looked_at(failed(step), an_answer("order-1", DONE_AT + later, score=2))

    assert (again.status, again.step, again.due_at) == (Status.WAITING, "tell_team", DONE_AT + timedelta(hours=2))
    assert [(each.kind, each.step, each.reason, each.at) for each in again.outcomes.values()] == [
        (Kind.ENROLLED, None, None, START),
        (Kind.DEFERRED, step, "survey_answered", DONE_AT + timedelta(hours=2)),
    ]
    assert (again.attempts, again.throttled, again.tries, again.deferred_since) == (0, 0, 0, None)


@pytest.mark.parametrize("is_reported", [False, True])
def test_its_message_is_given_up_if_nobody_knows_whether_it_was_sent(is_reported: bool) -> None:
    run = failed("reminder", claimed_at=DONE_AT - timedelta(days=1))
    send_id = replace(run, step="reminder").send_id
    sent = Outcome(f"sent#{send_id}", Kind.SENT, DONE_AT - timedelta(days=1), step="reminder")
    run = run.with_outcome(sent) if is_reported else run

    again = looked_at(run, an_answer("order-1", DONE_AT + timedelta(hours=1), score=2))

    known = (
        sent
        if is_reported
        else Outcome(
            f"abandoned#{send_id}", Kind.ABANDONED, DONE_AT + timedelta(hours=2), step="reminder", reason="unknown_send"
        )
    )
    about_it = [each for each in again.outcomes.values() if each.kind in (Kind.SENT, Kind.ABANDONED)]
    assert (about_it, again.claimed_at, again.step) == ([known], None, "tell_team")


@pytest.mark.parametrize(
    ("step", "more"),
    [
        ("late_answer", {}),
        ("tell_team", {}),
        ("reminder", {"subject": "order-9"}),
        ("reminder", {"first_allowed_at": None}),
    ],
)
def test_a_run_that_failed_after_its_answer_or_without_one_stays_failed(step: str, more: dict[str, object]) -> None:
    over = failed(step, **more)

    assert looked_at(over, an_answer("order-1", DONE_AT + timedelta(hours=1), score=2)) is over
    assert looked_at(over, None) is over


def test_the_failure_of_a_journey_without_a_survey_is_none_of_an_answer_s_business() -> None:
    (journey,) = workflows.current()
    plain = replace(journey, steps=journey.steps[:2], exit=None, goal=None)
    over = failed("survey")
    known = facts(ORDER, an_answer("order-1", DONE_AT, score=2))

    assert reopened(plain, a_situation(over, known, DONE_AT + timedelta(hours=2))) is over


def over(step: str, **more: object) -> Enrollment:
    """A run that was asked and ended at this step, long before it was answered, since its order was refunded."""
    (journey,) = workflows.current()
    given = {"subject": "order-1", "occurrence": "order-1", "first_allowed_at": START + timedelta(days=14)}
    run = an_enrollment(journey, **(given | {"step": step, "ran_at": START + timedelta(days=14)} | more))
    return run.ended(START + timedelta(days=15), "order_refunded", about="order-1")


REFUNDED = replace(ORDER, refunded=ORDER.total.amount)


def looked_at_refunded(run: Enrollment, *told: Answer) -> Enrollment:
    (journey,) = workflows.current()
    return reopened(journey, a_situation(run, facts(REFUNDED, *told), DONE_AT))


@pytest.mark.parametrize("step", ["answer", "reminder", "late_answer"])
def test_one_that_a_refund_ended_goes_on_at_its_last_wait_however_long_ago_that_was(step: str) -> None:
    again = looked_at_refunded(over(step), an_answer("order-1", DONE_AT, score=2))

    assert (again.status, again.step, again.due_at) == (Status.WAITING, "tell_team", DONE_AT)
    assert Kind.EXITED not in again.outcomes


@pytest.mark.parametrize(
    ("more", "is_answered", "is_told"),
    [
        ({}, False, False),
        ({"first_allowed_at": None}, True, False),
        ({"subject": "order-9"}, True, False),
        ({}, True, True),
    ],
)
def test_it_stays_ended_unanswered_not_asked_of_another_order_or_if_the_team_knows(
    more: dict[str, object], is_answered: bool, is_told: bool
) -> None:
    run = over("answer", **more)
    if is_told:
        run = run.with_outcome(Outcome("sent#1", Kind.SENT, DONE_AT, step="tell_team"))

    assert looked_at_refunded(run, *([an_answer("order-1", DONE_AT, score=2)] if is_answered else [])) is run
