"""A survey that is answered after its run was done is taken up again, so that the team is told of a bad answer."""

from dataclasses import replace
from datetime import timedelta

import pytest

import workflows
from chalicelib.domain.facts.answer import Answer
from chalicelib.domain.journeys.corrections import reopened
from chalicelib.domain.journeys.outcomes import Kind
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


def test_without_an_answer_it_stays_done() -> None:
    over = done()

    assert looked_at(over, None) is over


def test_what_ended_for_another_reason_is_not_taken_up_by_an_answer() -> None:
    over = replace(done(), outcomes={}).ended(DONE_AT, "re_entry")

    assert looked_at(over, an_answer("order-1", DONE_AT + timedelta(hours=1), score=2)) is over
