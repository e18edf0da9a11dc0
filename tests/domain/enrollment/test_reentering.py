"""A cool-down counts from the first message of the last run."""

from datetime import datetime, timedelta

import pytest

from chalicelib.domain.journeys.contacts import Contacts, FirstMessage
from chalicelib.domain.journeys.engine import Deliver, Exit
from chalicelib.domain.journeys.journey import CoolDown, Wait, days
from tests.builders import START
from tests.domain.enrollment.given import A, B, a_journey, before, decide

COOL = a_journey(Wait("w", days(1)), A, Wait("w2", days(1)), B, reentry=CoolDown(days(7)))
EARLIER = FirstMessage("hello", "order-0", START)


@pytest.mark.parametrize(
    ("now", "decision"),
    [
        (START + days(7) - timedelta(milliseconds=1), Exit("re_entry")),
        (START + days(7), Deliver(A)),
    ],
)
def test_a_cool_down_counts_from_the_last_runs_first_message(now: datetime, decision: object) -> None:
    due = before(COOL, "a", ran_at=START + days(5))

    assert decide(COOL, due, now=now, contacts=Contacts(runs=(EARLIER,))) == decision


def test_a_run_that_has_begun_to_write_is_not_stopped_by_another_ones_cool_down() -> None:
    begun = before(COOL, "b", first_allowed_at=START)

    assert decide(COOL, begun, now=START + days(1), contacts=Contacts(runs=(EARLIER,))) == Deliver(B)


def test_its_own_run_and_other_journeys_are_no_re_entry() -> None:
    runs = (FirstMessage("hello", "order-1", START), FirstMessage("other", "order-0", START))

    assert decide(COOL, before(COOL, "a"), contacts=Contacts(runs=runs)) == Deliver(A)
