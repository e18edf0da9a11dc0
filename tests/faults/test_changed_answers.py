"""An answer that is changed while the team is told of it, or while its run is being looked at, is not overlooked."""

from dataclasses import replace
from datetime import timedelta

import pytest

import workflows
from chalicelib.domain.errors import Conflict, SendUnknown
from chalicelib.domain.facts.answer import Answer
from chalicelib.domain.figures.counters import Cell, counts_of_enrollment
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment, Status
from chalicelib.services.enroll import Enroll
from tests.builders import START, an_answer
from tests.fakes import FakeQueue, in_memory
from tests.services.desk import Desk

pytestmark = pytest.mark.journeys("nps_survey")
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Surveyed(Desk):
    """The dispatcher and ``enroll`` beside each other; Ann has been asked about her order."""

    def asked(self) -> Enrollment:
        self.known("ann")
        sent = START - DAY
        return self.waiting("nps_survey", "answer", due_at=START + 5 * DAY, first_allowed_at=sent, message_at=sent)

    def answers(self, score: int) -> None:
        """Ann answers, and ``enroll`` handles that at once."""
        before = self.facts.of("ann").answers.get("order-1")
        sent = an_answer(at=self.now, score=score)
        self._stored(before.followed_by(sent) if before else sent, before)

    def closes(self) -> None:
        """The team closes the case."""
        before = self.facts.of("ann").answers["order-1"]
        self._stored(before.closed(self.now), before)

    def _stored(self, answer: Answer, before: Answer | None) -> None:
        assert self.facts.replace("ann", answer, before)
        self.handles(answer, before)

    def handles(self, answer: Answer, before: Answer | None) -> None:
        """``enroll`` handles the record of an answer."""
        self.facts.put("ann", answer)
        enroll = in_memory(
            Enroll, self.facts, self.runs, audience=FakeQueue(), journeys=workflows.versions(), current=(),
            policy=Policy(), clock=lambda: self.now, merge=self._nobody, erase=self._nobody,
        )  # fmt: skip
        enroll("ann", before, answer)

    @staticmethod
    def _nobody(customer: str) -> None:
        raise AssertionError(customer)

    @property
    def told(self) -> list[str]:
        return [mail.tags["step"] for mail in self.mailer.sent]


def cut() -> None:
    """The mail service does not answer."""
    raise SendUnknown("cut")


def test_the_team_hears_of_an_answer_that_is_changed_while_it_is_told_of_the_one_before() -> None:
    desk = Surveyed()
    desk.asked()
    desk.answers(3)
    desk.mailer.on_the_way = lambda: desk.answers(10)

    desk.later(0 * MINUTE, MINUTE, 2 * MINUTE)

    assert desk.told == ["tell_team", "tell_team_closed"]


def test_the_team_hears_of_it_though_it_is_unknown_whether_the_notice_before_was_sent() -> None:
    desk = Surveyed()
    desk.asked()
    desk.answers(3)

    def cut_after_another_answer() -> None:
        desk.answers(10)
        cut()

    desk.mailer.on_the_way = cut_after_another_answer

    desk.later(0 * MINUTE, 6 * MINUTE, 7 * HOUR, 7 * HOUR + MINUTE)

    assert desk.told == ["tell_team_closed"]


def test_the_team_hears_of_an_answer_that_is_changed_while_the_notice_before_is_given_up() -> None:
    desk = Surveyed()
    desk.asked()
    desk.answers(3)
    desk.mailer.on_the_way = cut
    desk.later(0 * MINUTE, 6 * MINUTE)
    desk.runs.before_save = lambda: desk.answers(10)

    desk.later(7 * HOUR, 7 * HOUR + MINUTE)

    assert desk.told == ["tell_team_closed"]


def test_an_answer_that_is_changed_while_the_run_is_looked_at_is_looked_at_again() -> None:
    """The dispatcher has read the facts and is about to store that there is nothing to do."""
    desk = Surveyed()
    run = desk.asked()
    desk.answers(3)
    desk.later(0 * MINUTE)
    assert desk.run(run).due_at == START, "after a notice it is looked at again"
    desk.runs.before_save = lambda: desk.answers(10)

    desk.later(MINUTE, 2 * MINUTE)

    assert desk.told == ["tell_team", "tell_team_closed"]


def test_a_case_that_is_closed_and_opened_again_before_the_run_is_woken_is_told_of() -> None:
    desk = Surveyed()
    desk.asked()
    desk.answers(3)
    desk.later(0 * MINUTE, MINUTE)
    desk.now = START + HOUR
    desk.closes()

    desk.answers(2)
    desk.later(HOUR, HOUR + MINUTE)

    assert desk.told == ["tell_team", "tell_team_2"]


def test_a_notice_wakes_its_run_once_and_then_it_sleeps_until_the_answer_is_final() -> None:
    desk = Surveyed()
    run = desk.asked()
    desk.answers(3)

    desk.later(0 * MINUTE, MINUTE)

    assert desk.run(run).due_at == START + DAY
    desk.later(DAY)
    assert desk.run(run).status is Status.ENDED
    assert desk.told == ["tell_team"]


@pytest.mark.parametrize("arm", list(Arm))
@pytest.mark.parametrize("status", list(Status))
def test_the_score_follows_in_both_arms_and_in_every_state_of_the_run(arm: Arm, status: Status) -> None:
    desk = Surveyed()
    run = desk.asked()
    desk.answers(3)
    due_at = None if status is Status.ENDED else START + DAY
    desk.runs.enrollments["ann", run.id] = replace(desk.run(run), arm=arm, status=status, due_at=due_at)

    desk.answers(10)

    counts = counts_of_enrollment(desk.run(run))
    scores = {cell.kind: number for (_, name), number in counts.items() if "score" in (cell := Cell.parse(name)).kind}
    assert scores == {"answered_score|10": 1}


def test_a_score_that_another_process_corrects_first_is_corrected_once(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Surveyed()
    run = desk.asked()
    desk.answers(3)
    change = desk.runs.change_outcome
    calls: list[int | None] = []

    def beaten(*arguments: object) -> None:
        calls.append(1)
        change(*arguments)  # type: ignore[arg-type]
        if len(calls) == 1:
            raise Conflict("another was first")

    monkeypatch.setattr(desk.runs, "change_outcome", beaten)

    desk.answers(10)

    assert (desk.run(run).outcomes["answered"].score, len(calls)) == (10, 1)


def test_an_answer_after_its_run_was_done_takes_it_up_once_however_often_it_is_handled() -> None:
    desk = Surveyed()
    run = desk.asked()
    desk.runs.save(run, run.ended(START - HOUR, "completed"))
    desk.answers(2)
    answer = desk.facts.of("ann").answers["order-1"]
    desk.later(0 * MINUTE, MINUTE, DAY)
    done = desk.run(run)

    desk.handles(answer, None)
    desk.later(DAY, 2 * DAY)

    assert desk.run(run) == done
    assert (done.status, done.outcomes["exited"].at) == (Status.ENDED, START + DAY)
    assert desk.told == ["tell_team"]


def test_nobody_s_run_is_taken_up_again_who_was_not_asked_or_answered_before_it_was_done() -> None:
    desk = Surveyed()
    run = desk.asked()
    runs = [replace(run, first_allowed_at=None), replace(run, first_allowed_at=START - DAY)]
    for number, (each, ended_at) in enumerate(zip(runs, (START - HOUR, START + HOUR), strict=True)):
        desk.runs.enrollments["ann", run.id] = replace(each, version=number).ended(ended_at, "completed")

        desk.handles(an_answer(score=2), None)

        assert desk.run(run).status is Status.ENDED
