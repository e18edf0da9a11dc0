"""Which of several answers to one survey counts, and what becomes of the case."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.facts.answer import CHANGEABLE, FORMS, Answer, AnswerChanged, SurveyAnswered, form_digest
from tests.builders import START, an_answer

HOUR, MS = timedelta(hours=1), timedelta(milliseconds=1)
FIRST = an_answer(score=3)


def sent(score: int, at: datetime = START + HOUR, **more: Any) -> Answer:
    return an_answer(at=at, score=score, **more)


def test_a_later_answer_takes_the_place_of_the_first_and_remembers_it() -> None:
    after = FIRST.followed_by(sent(10, comment="Lovely"))

    assert (after.score, after.comment, after.at, after.begun_at, after.former) == (
        10, "Lovely", START + HOUR, START, 3,
    )  # fmt: skip


@pytest.mark.parametrize("at", [START - MS, START + CHANGEABLE, START + 9 * CHANGEABLE])
def test_an_older_or_a_late_answer_changes_nothing(at: datetime) -> None:
    assert FIRST.followed_by(sent(10, at)) == FIRST


def test_the_last_instant_is_in_time_and_counts_from_the_first_answer_however_often_it_was_changed() -> None:
    changed = FIRST.followed_by(sent(10, START + 20 * HOUR))

    assert changed.followed_by(sent(1, START + CHANGEABLE - MS)).score == 1
    assert changed.followed_by(sent(1, START + CHANGEABLE)) == changed


def test_of_two_answers_at_one_time_the_one_that_is_handled_later_counts_and_is_a_later_version() -> None:
    after = FIRST.followed_by(sent(10, START))

    assert (after.score, after.version_at) == (10, START + MS)


def test_a_form_that_was_sent_before_is_no_new_answer_however_many_came_between() -> None:
    forms = [form_digest(f"form {number}", number % 11, "") for number in range(FORMS)]
    answers = [sent(number % 11, START + number * MS, forms=form) for number, form in enumerate(forms)]
    last = answers[0]
    for answer in answers[1:]:
        last = last.followed_by(answer)

    assert last.score == (FORMS - 1) % 11
    assert last.followed_by(sent(0, forms=forms[0])) == last
    assert last.followed_by(sent(0, forms=form_digest("another", 0, ""))).score == 0


def test_no_more_forms_are_remembered_than_a_person_sends() -> None:
    last = FIRST
    for number in range(1000):
        last = last.followed_by(sent(number % 11, START + number * MS, forms=form_digest(str(number), 1, "")))

    assert len(last.forms or ()) == FORMS


@pytest.mark.parametrize(
    ("scores", "opened"),
    [([3], 0), ([9], None), ([9, 2], 1), ([3, 10], None), ([3, 10, 2], 2), ([3, 2, 1], 0), ([9, 2, 0], 1)],
)
def test_a_case_is_open_as_long_as_the_answers_are_bad(scores: list[int], opened: int | None) -> None:
    first, *others = (sent(score, START + number * HOUR) for number, score in enumerate(scores))
    for other in others:
        first = first.followed_by(other)

    assert first.case_opened_at == (None if opened is None else START + opened * HOUR)


def test_what_the_team_closed_is_opened_by_another_bad_answer_and_not_by_the_same_one() -> None:
    closed = FIRST.closed(START + HOUR)

    assert not closed.has_open_case
    assert closed.followed_by(sent(3, START + 2 * HOUR)) == closed
    assert closed.followed_by(sent(2, START + 2 * HOUR)).case_opened_at == START + 2 * HOUR
    assert closed.followed_by(sent(10, START + 2 * HOUR)).case_opened_at is None


def test_an_answer_that_was_on_its_way_when_the_team_closed_the_case_opens_it_in_a_later_version() -> None:
    closed = FIRST.closed(START + HOUR)

    after = closed.followed_by(sent(2, START + HOUR - MS))

    assert (after.has_open_case, after.version_at > closed.version_at) == (True, True)


def test_a_changed_answer_is_one_answer_and_a_change() -> None:
    changed = FIRST.followed_by(sent(10))

    assert [(type(event), event.at) for event in changed.events()] == [
        (SurveyAnswered, START),
        (AnswerChanged, START + HOUR),
    ]
    assert [type(event) for event in changed.news(FIRST)] == [AnswerChanged]
    assert replace(changed, case_closed_at=START + 2 * HOUR).news(changed) == []


@given(st.lists(st.tuples(st.integers(0, 10), st.integers(0, 30 * 60)), min_size=2, max_size=6))
def test_the_last_answer_in_time_counts_in_whichever_order_they_are_handled(each: list[tuple[int, int]]) -> None:
    """Each of another time, since of two at one time the one that is handled later counts."""
    times = {minute: score for score, minute in each}
    answers = [sent(score, START + timedelta(minutes=minute)) for minute, score in sorted(times.items())]
    counting = [answer for answer in answers if answer.at < answers[0].at + CHANGEABLE]

    last = answers[0]
    for answer in [*answers[1:][::-1], *answers]:
        last = last.followed_by(answer)

    assert last.score == counting[-1].score
