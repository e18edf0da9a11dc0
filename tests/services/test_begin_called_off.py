"""A journey that a cancellation begins: whether it is told in the order, or apart from it, before it or after it."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.order import Cancellation, OrderCancelled
from chalicelib.domain.journeys.journey import SERVICE, Journey, On, Send, Wait, days
from chalicelib.domain.journeys.policy import Policy
from chalicelib.services.begin import Begin
from tests.builders import START, an_order
from tests.fakes import FakeCommerce, FakeEngagement

DAY = timedelta(days=1)
SORRY = Journey(
    key="sorry",
    version=1,
    purpose=SERVICE,
    enroll=On(OrderCancelled, key="order_id"),
    steps=(Wait("a_day", days(1)), Send("sorry", template="sorry")),
)
ORDER = an_order(at=START - DAY)
GONE = Cancellation(ORDER.id, START - timedelta(hours=1))


def begun(*told: Fact) -> list[tuple[str, object]]:
    """The runs after these facts were told and handled one after the other, each of them twice."""
    facts, runs = FakeCommerce(), FakeEngagement()
    begin = Begin(facts, runs, (SORRY,), Policy(), lambda: START)
    for fact in told:
        facts.put("ann", fact)
        for _ in range(2):
            begin("ann", None, fact, facts.of("ann"), old_past=False)
    return [(run.subject, run.entered_at) for run in runs.of("ann").enrollments]


@pytest.mark.parametrize("told", [*permutations((ORDER, GONE))])
def test_it_begins_once_in_whichever_order_they_are_told(told: tuple[Fact, ...]) -> None:
    assert begun(*told) == [(ORDER.id, GONE.at)]


def test_it_begins_by_the_order_that_says_so_itself() -> None:
    assert begun(replace(ORDER, cancelled_at=GONE.at, at=GONE.at)) == [(ORDER.id, GONE.at)]


def test_nothing_begins_by_an_order_that_stands_or_of_which_nothing_is_known() -> None:
    assert begun(ORDER) == begun(GONE) == begun(ORDER, replace(GONE, at=ORDER.at - DAY)) == []
