"""Two customers turn out to be one: what becomes of the runs that both had about one cart."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from chalicelib.domain.journeys.merging import surplus, united
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.run import CHANGED_HANDS, End, Enrollment, Status
from tests.builders import START, an_enrollment

HOUR = timedelta(hours=1)
SENT = Outcome("sent#1", Kind.SENT, START, step="message")


def a_run(**more: Any) -> Enrollment:
    """A run of the cart k that waits for its message."""
    given: dict[str, Any] = {"subject": "k", "occurrence": "k", "trigger": "CartChanged"}
    return an_enrollment(**(given | more))


def over(run: Enrollment, reason: str, content: str | None = "x") -> Enrollment:
    """The run, ended an hour after it began."""
    at = run.entered_at + HOUR
    return replace(run.ended(at, reason), end=End(at, content))


def test_a_run_that_ended_ends_the_other_of_the_same_occasion() -> None:
    waiting, ended = a_run(customer="bob", entered_at=START + HOUR / 2), over(a_run(), "order_placed")

    assert [united(*runs).status for runs in [(waiting, ended), (ended, waiting)]] == [Status.ENDED] * 2


def test_a_cart_that_changed_hands_between_the_two_is_still_left() -> None:
    waiting, gone = a_run(customer="bob", version=3), over(a_run().with_outcome(SENT), CHANGED_HANDS)

    for both in (united(waiting, gone), united(gone, waiting)):
        assert (both.status, both.step, both.due_at, both.end) == (Status.WAITING, "message", START, None)
        assert set(both.outcomes) == {"enrolled", "sent#1"}


def test_a_cart_that_was_filled_after_the_other_s_run_had_failed_is_still_left() -> None:
    filled = a_run(customer="bob", entered_at=START + 2 * HOUR)
    failed = a_run().ended(START + HOUR, "MessageRejected", Kind.FAILED)

    for both in (united(filled, failed), united(failed, filled)):
        assert (both.status, both.entered_at) == (Status.WAITING, START + 2 * HOUR)


def test_a_launch_is_over_for_both_if_it_is_for_the_one() -> None:
    launch = {"subject": "l", "occurrence": "l", "trigger": "LaunchAnnounced"}
    waiting = a_run(customer="bob", entered_at=START + 2 * HOUR, **launch)
    done = a_run(**launch).ended(START + HOUR, "completed")

    assert [united(*runs).status for runs in [(waiting, done), (done, waiting)]] == [Status.ENDED] * 2


def test_a_cart_that_was_filled_after_the_other_s_run_had_ended_is_still_left() -> None:
    filled = a_run(customer="bob", entered_at=START + 2 * HOUR)
    emptied = over(a_run(first_allowed_at=START), "cart_emptied", "")

    for both in (united(filled, emptied), united(emptied, filled)):
        assert (both.status, both.entered_at, both.first_allowed_at) == (Status.WAITING, START + 2 * HOUR, None)
        assert "exited" not in both.outcomes


def test_of_the_open_runs_of_one_cart_one_is_left() -> None:
    reminded = a_run().with_outcome(SENT)
    again = a_run(occurrence="k@2", again=True, entered_at=START + HOUR)
    sending = a_run(occurrence="k@3", again=True, entered_at=START + 2 * HOUR, status=Status.SENDING)
    ended = over(a_run(occurrence="k@4", again=True), "cart_emptied")
    other = a_run(subject="l", occurrence="l")
    orders = [an_enrollment(occurrence=name, subject="k") for name in ("o1", "o2")]

    assert list(surplus([again, reminded, ended, other, *orders])) == [again]
    assert list(surplus([again, reminded, sending])) == [reminded, again]
    assert list(surplus([reminded, ended, other])) == []
