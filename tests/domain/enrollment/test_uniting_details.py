"""Two runs become one: which of the two goes on, and what it takes over from the other."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.journeys.merging import apart, united
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.run import Enrollment, Status
from tests.builders import START
from tests.domain.enrollment.of_both import SENT, a_run, over

HOUR = timedelta(hours=1)
DEFERRED = Outcome("deferred#message#0", Kind.DEFERRED, START, step="message", reason="quiet_hours")
OPENED = Outcome("opened#1", Kind.OPENED, START, step="message")


def test_of_two_that_got_equally_far_the_one_that_was_there_continues() -> None:
    held, arriving = a_run(due_at=START + HOUR), a_run(customer="bob", due_at=START)

    assert united(held, arriving).due_at == START + HOUR


def test_it_takes_over_what_became_of_the_other_s_mails_and_not_what_was_decided_there() -> None:
    held = a_run().with_outcome(SENT)
    arriving = a_run(customer="bob").with_outcome(OPENED).with_outcome(DEFERRED)

    assert set(united(held, arriving).outcomes) == {"enrolled", "sent#1", "opened#1"}


def test_if_the_arriving_one_continues_it_takes_over_the_same() -> None:
    held = a_run().with_outcome(OPENED).with_outcome(replace(DEFERRED, id="deferred#message#1"))
    arriving = a_run(customer="bob").with_outcome(SENT).with_outcome(DEFERRED)

    both = united(held, arriving)

    assert set(both.outcomes) == {"enrolled", "opened#1", "sent#1", DEFERRED.id}
    assert both.customer == "bob"


@pytest.mark.parametrize(("ours", "theirs"), [(START, START + HOUR), (START + HOUR, START), (None, START)])
def test_the_goal_counts_from_the_first_message_of_the_two(ours: object, theirs: object) -> None:
    assert united(a_run(first_allowed_at=ours), a_run(first_allowed_at=theirs)).first_allowed_at == START


def test_a_cart_filled_after_the_other_s_run_had_ended_keeps_the_time_of_its_own_first_message() -> None:
    ended = over(a_run(first_allowed_at=START), "cart_emptied")
    filled = a_run(entered_at=START + 2 * HOUR, first_allowed_at=START + 3 * HOUR)

    assert united(ended, filled).first_allowed_at == START + 3 * HOUR


def test_a_cart_filled_just_when_the_other_s_run_ended_is_of_that_occasion() -> None:
    ended = over(a_run(), "cart_emptied")

    assert united(ended, a_run(entered_at=START + HOUR)).status is Status.ENDED


def test_the_write_is_judged_by_the_version_of_the_one_that_was_there() -> None:
    def version(held: Enrollment, arriving: Enrollment) -> int:
        return united(held, arriving).version

    assert version(a_run(version=3), a_run(version=8).with_outcome(SENT)) == 3


def test_the_end_of_a_launch_is_one_for_both() -> None:
    gone = a_run(trigger="LaunchAnnounced").ended(START + HOUR, "launch_withdrawn")
    member = a_run(customer="bob", trigger="LaunchAnnounced", entered_at=START + 2 * HOUR)

    assert united(gone, member).status is united(member, gone).status is Status.ENDED


def test_a_later_occasion_is_no_run_of_its_own_if_the_one_before_sent_nothing() -> None:
    emptied, filled = over(a_run(), "cart_emptied"), a_run(customer="bob", entered_at=START + 2 * HOUR)

    assert apart(emptied, filled) is apart(filled, emptied) is None


def test_a_later_occasion_as_a_run_of_its_own_has_what_was_decided_in_it_and_no_credit() -> None:
    had = over(a_run(first_allowed_at=START).with_outcome(SENT), "completed")
    filled = a_run(customer="bob", entered_at=START + 2 * HOUR, ordered={"USD": 5})

    own = apart(had, filled.with_outcome(OPENED).with_outcome(DEFERRED))

    assert own is not None
    assert (set(own.outcomes), own.ordered) == ({"enrolled", DEFERRED.id}, {})
