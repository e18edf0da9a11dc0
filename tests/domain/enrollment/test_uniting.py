"""Two customers turn out to be one: what becomes of the runs that both had about one cart."""

from dataclasses import replace

import pytest

from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.merging import apart, surplus, united
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.run import CHANGED_HANDS, Status
from tests.builders import START, an_enrollment
from tests.domain.enrollment.of_both import HOUR, SENT, a_run, over


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
    done = a_run(**launch).with_outcome(SENT).ended(START + HOUR, "completed")

    assert [united(*runs).status for runs in [(waiting, done), (done, waiting)]] == [Status.ENDED] * 2


def test_a_cart_that_was_filled_after_the_other_s_run_had_ended_is_still_left() -> None:
    filled = a_run(customer="bob", entered_at=START + 2 * HOUR)
    emptied = over(a_run(first_allowed_at=START), "cart_emptied", "")

    for both in (united(filled, emptied), united(emptied, filled)):
        assert (both.status, both.entered_at, both.first_allowed_at) == (Status.WAITING, START + 2 * HOUR, None)
        assert "exited" not in both.outcomes


def test_a_cart_that_was_filled_after_the_other_s_run_had_sent_and_ended_is_an_occasion_of_its_own() -> None:
    filled = a_run(customer="bob", version=3, entered_at=START + 2 * HOUR)
    done = over(a_run(first_allowed_at=START, version=7).with_outcome(SENT), "completed")

    for held, arriving in ((filled, done), (done, filled)):
        later, both = apart(held, arriving), united(held, arriving)

        assert later
        assert (later.customer, later.occurrence) == (held.customer, "k@2026-03-02T12:00:00.000Z")
        assert (later.again, later.since, later.status) == (True, START + HOUR, Status.WAITING)
        assert (both.status, both.occurrence, both.version) == (Status.ENDED, "k", held.version)
        assert "sent#1" in both.outcomes


def test_what_a_later_occasion_left_out_stays_with_it() -> None:
    left_out = Outcome("suppressed#message#3", Kind.SUPPRESSED, START + 3 * HOUR, step="message", reason="no_address")
    filled = a_run(customer="bob", version=4, entered_at=START + 2 * HOUR).with_outcome(left_out)
    done = over(a_run(first_allowed_at=START, version=7).with_outcome(SENT), "completed")

    for held, arriving in ((filled, done), (done, filled)):
        later, both = apart(held, arriving), united(held, arriving)

        assert later
        assert later.outcomes[left_out.id] == left_out
        assert later.version == 4  # the names of decisions have it: no later one is called alike
        assert left_out.id not in both.outcomes


def test_a_run_that_is_done_and_sent_nothing_ends_no_other() -> None:
    left_out = Outcome("suppressed#message#0", Kind.SUPPRESSED, START, step="message", reason="no_address")
    idle = over(a_run().with_outcome(left_out), "completed")
    waiting = a_run(customer="bob", entered_at=START + HOUR / 2)

    for held, arriving in ((idle, waiting), (waiting, idle)):
        both = united(held, arriving)

        assert (both.status, both.entered_at, set(both.outcomes)) == (Status.WAITING, waiting.entered_at, {"enrolled"})


def test_a_holdout_that_is_done_had_its_message_withheld_and_ends_the_other() -> None:
    withheld = Outcome("withheld#1", Kind.WITHHELD, START, step="message")
    done = over(a_run(first_allowed_at=START).with_outcome(withheld), "completed")

    assert united(done, a_run(customer="bob", entered_at=START + HOUR / 2)).status is Status.ENDED


def test_one_that_has_sent_too_ends_with_the_other() -> None:
    filled = a_run(customer="bob", entered_at=START + 2 * HOUR, first_allowed_at=START + 3 * HOUR)
    filled = filled.with_outcome(replace(SENT, id="sent#2"))
    done = over(a_run(first_allowed_at=START).with_outcome(SENT), "completed")

    for both in (united(filled, done), united(done, filled)):
        assert (both.status, {"sent#1", "sent#2"} <= set(both.outcomes)) == (Status.ENDED, True)
    assert apart(filled, done) is apart(done, filled) is None


def test_a_run_that_had_sent_and_lost_its_cart_to_the_other_goes_on_where_it_was() -> None:
    gone = over(replace(a_run(first_allowed_at=START).with_outcome(SENT), step="offer"), CHANGED_HANDS)
    filled = a_run(customer="bob", entered_at=START + 2 * HOUR, due_at=START + 26 * HOUR)

    for held, arriving in ((gone, filled), (filled, gone)):
        both = united(held, arriving)
        assert (both.status, both.step, both.due_at) == (Status.WAITING, "offer", START + 26 * HOUR)
        assert apart(held, arriving) is None


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


def test_an_order_that_was_asked_about_and_became_the_other_s_is_not_asked_about_again() -> None:
    order = {"trigger": "OrderFulfilled"}
    asked = over(replace(a_run(**order).with_outcome(SENT), step="wait"), CHANGED_HANDS)
    fresh = a_run(customer="bob", due_at=START + 26 * HOUR, **order)

    for both in (united(asked, fresh), united(fresh, asked)):
        assert (both.status, both.step, set(both.outcomes)) == (Status.WAITING, "wait", {"enrolled", "sent#1"})


def test_what_was_left_out_of_a_run_whose_order_became_the_other_s_is_decided_again() -> None:
    left_out = Outcome("suppressed#message#3", Kind.SUPPRESSED, START, step="message")
    gone = over(a_run(trigger="OrderFulfilled").with_outcome(left_out), CHANGED_HANDS)

    for both in (united(gone, a_run(customer="bob")), united(a_run(customer="bob"), gone)):
        assert set(both.outcomes) == {"enrolled"}


@pytest.mark.parametrize("reason", ["completed", "re_entry", "just_bought", "failed"])
def test_a_run_that_ended_of_itself_or_failed_and_sent_nothing_ends_no_other(reason: str) -> None:
    open_run, at = a_run(customer="bob", version=2), START + HOUR
    nothing = a_run().ended(at, "MessageRejected", Kind.FAILED) if reason == "failed" else over(a_run(), reason)

    for both in (united(nothing, open_run), united(open_run, nothing)):
        assert (both.status, set(both.outcomes)) == (Status.WAITING, {"enrolled"})


def test_one_that_failed_while_it_may_have_been_sent_ends_the_other() -> None:
    unsure = replace(a_run().ended(START + HOUR, "Timeout", Kind.FAILED), claimed_at=START + HOUR)

    assert united(unsure, a_run(customer="bob")).status is united(a_run(customer="bob"), unsure).status is Status.ENDED


def test_of_one_that_was_held_out_and_one_that_was_mailed_the_mailed_one_continues() -> None:
    withheld = replace(SENT, id="withheld#1", kind=Kind.WITHHELD)
    held_out = over(a_run(arm=Arm.HOLDOUT, first_allowed_at=START).with_outcome(withheld), "completed")
    mailed = a_run(customer="bob", step="last").with_outcome(SENT)

    for both in (united(held_out, mailed), united(mailed, held_out)):
        assert (both.arm, both.status, set(both.outcomes)) == (Arm.TREATED, Status.WAITING, {"enrolled", "sent#1"})
    for both in (united(held_out, a_run()), united(a_run(), held_out)):
        assert both.arm is Arm.HOLDOUT
