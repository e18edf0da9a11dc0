"""Answers that are recorded while something else happens, on a store in memory."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from chalicelib.domain.errors import InvalidToken, Unavailable
from chalicelib.domain.facts.fact import Fact
from chalicelib.services.survey import Reception, Survey
from tests.builders import START, a_customer, an_answer, an_enrollment
from tests.fakes import FakeCommerce, FakeEngagement

HOUR = timedelta(hours=1)


RUN = an_enrollment(occurrence="o1", subject="o1")


class Tokens:
    """A link is its customer's key."""

    def read(self, purpose: str, token: str) -> tuple[str, ...]:
        assert purpose == "survey"
        if not token:
            raise InvalidToken
        return token, RUN.id


class Facts(FakeCommerce):
    """Facts, with something that happens between reading an answer and storing the next one, so many times."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: list[Callable[[], object]] = []
        self.stored_answers = 0

    def replace(self, customer: str, fact: Fact, over: Fact | None) -> bool:
        if self.meanwhile:
            self.meanwhile.pop(0)()
        self.stored_answers += 1
        return super().replace(customer, fact, over)


class Desk:
    """The survey's service and its clock."""

    def __init__(self) -> None:
        self.now, self.facts, self.runs = START, Facts(), FakeEngagement()
        self.runs.create(RUN)
        self.facts.put("ann", a_customer("ann", language="ko-KR"))

    @property
    def survey(self) -> Survey:
        return Survey(self.facts, self.runs, Tokens(), lambda: self.now, ("en", "ko"))

    def answers(self, score: int, sent_at: datetime | None = None, form: str = "") -> tuple[Reception, int]:
        receipt = self.survey.answer("ann", score, sent_at=sent_at, form=form)
        return receipt.reception, receipt.answer.score

    @property
    def score(self) -> int:
        return self.facts.of("ann").answers["o1"].score


def test_of_two_first_answers_at_once_the_one_that_was_sent_last_counts() -> None:
    desk = Desk()
    desk.facts.meanwhile = [lambda: desk.facts.put("ann", an_answer("o1", START, score=9))]

    assert desk.answers(2, sent_at=START - HOUR) == (Reception.KEPT, 9)
    desk.now = START + HOUR
    desk.facts.meanwhile = [lambda: desk.facts.put("ann", an_answer("o1", START + HOUR / 2, score=8))]
    assert desk.answers(3) == (Reception.CHANGED, 3)
    assert desk.score == 3


def test_an_answer_that_comes_while_the_team_closes_the_case_is_not_taken_back() -> None:
    desk = Desk()
    desk.answers(3)
    desk.now = START + HOUR
    desk.facts.meanwhile = [lambda: desk.answers(10)]

    assert not desk.survey.close_case("ann", "o1"), "there is no case any more"

    assert (desk.score, desk.facts.of("ann").answers["o1"].case_closed_at) == (10, None)


def test_a_case_that_is_closed_while_a_bad_answer_comes_is_open() -> None:
    desk = Desk()
    desk.answers(3)
    desk.now = START + HOUR
    desk.facts.meanwhile = [lambda: desk.survey.close_case("ann", "o1")]

    assert desk.answers(1) == (Reception.CHANGED, 1)

    assert desk.facts.of("ann").answers["o1"].has_open_case


def test_answers_that_never_stop_changing_are_to_be_sent_again() -> None:
    desk = Desk()
    desk.answers(3)
    times = [START + number * timedelta(seconds=1) for number in range(1, 30)]
    desk.now = START + HOUR
    desk.facts.meanwhile = [
        lambda at=at: desk.facts.put("ann", an_answer("o1", at, score=at.second % 11))  # type: ignore[misc]
        for at in times
    ]

    with pytest.raises(Unavailable):
        desk.answers(10)


@pytest.mark.parametrize(
    ("hours", "score", "expected"),
    [(23, 10, (Reception.CHANGED, 10)), (23, 3, (Reception.KEPT, 3)), (24, 10, (Reception.FINAL, 3)),
     (24, 3, (Reception.FINAL, 3)), (48, 10, (Reception.FINAL, 3))],
)  # fmt: skip
def test_an_answer_can_be_changed_for_a_day(hours: int, score: int, expected: tuple[Reception, int]) -> None:
    desk = Desk()
    desk.answers(3)
    desk.now = START + hours * HOUR

    assert desk.answers(score) == expected


def test_a_time_ahead_of_the_clock_is_now() -> None:
    desk = Desk()

    desk.answers(3, sent_at=START + 9 * HOUR)

    assert desk.facts.of("ann").answers["o1"].at == START


def test_the_same_form_again_stores_nothing() -> None:
    desk = Desk()
    for score, form in ((3, "a"), (10, "b"), (3, "a"), (10, "b")):
        desk.now += HOUR
        desk.answers(score, form=form)

    assert (desk.score, desk.facts.stored_answers) == (10, 2)


def test_a_survey_is_shown_with_the_answer_that_counts_and_whether_it_stays() -> None:
    desk = Desk()
    before = desk.survey.asked("ann")
    desk.answers(3)
    now = desk.survey.asked("ann")
    desk.now = START + 24 * HOUR
    later = desk.survey.asked("ann")

    assert (before.language, before.answer, before.is_final) == ("ko", None, False)
    assert (now.answer, now.is_final) == (desk.facts.of("ann").answers["o1"], False)
    assert later.is_final
    with pytest.raises(InvalidToken):
        desk.survey.asked("")
