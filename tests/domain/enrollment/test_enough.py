"""Two customers turn out to be one: which runs end because their cart's messages were had by the other one."""

from dataclasses import replace
from typing import Any

from chalicelib.domain.journeys.merging import enough
from chalicelib.domain.journeys.run import CHANGED_HANDS, Enrollment, Status
from tests.builders import START
from tests.domain.enrollment.of_both import HOUR, SENT, a_run, over


def later_occasion(**more: Any) -> Enrollment:
    """A run of a later occasion of the cart k."""
    return a_run(**({"occurrence": "k@later", "again": True, "entered_at": START + 2 * HOUR} | more))


def test_a_cart_s_messages_were_had_by_the_other_account() -> None:
    had = over(later_occasion(customer="ann", known_as="eve").with_outcome(SENT), "completed")
    reminded = a_run(entered_at=START + 5 * HOUR).with_outcome(replace(SENT, id="sent#2"))
    fresh, overlapping = a_run(entered_at=START + 5 * HOUR), a_run(entered_at=START + 2.5 * HOUR)
    claimed = replace(fresh, status=Status.SENDING)

    for run in (reminded, overlapping, claimed):
        assert list(enough(had, [had, run])) == list(enough(run, [had, run])) == [run]
    assert list(enough(had, [had, fresh])) == list(enough(fresh, [had, fresh])) == []


def test_each_of_one_customer_s_own_occasions_has_its_messages() -> None:
    had = over(later_occasion().with_outcome(SENT), "completed")
    reminded = a_run(entered_at=START + 5 * HOUR).with_outcome(replace(SENT, id="sent#2"))

    assert list(enough(reminded, [had, reminded])) == []
    assert list(enough(reminded, [replace(had, known_as="eve", subject="other"), reminded])) == []
    assert list(enough(reminded, [replace(had, known_as="eve", journey="other"), reminded])) == []


def test_who_had_nothing_of_a_cart_has_not_had_enough_of_it() -> None:
    reminded = a_run(entered_at=START + 5 * HOUR).with_outcome(SENT)
    for reason in (CHANGED_HANDS, "completed", "order_placed"):
        assert list(enough(reminded, [over(later_occasion(known_as="eve"), reason), reminded])) == []
    had = over(later_occasion(known_as="eve", trigger="LaunchAnnounced").with_outcome(SENT), "completed")
    assert list(enough(had, [had, replace(reminded, trigger="LaunchAnnounced")])) == []
