"""What begins a run, and what does not: the event, its predicate, the grace and whether there was one before."""

from datetime import timedelta

import pytest

from chalicelib.domain.facts.answer import SurveyAnswered
from chalicelib.domain.facts.cart import CartChanged
from chalicelib.domain.facts.order import OrderPlaced
from chalicelib.domain.journeys.engine import enroll
from chalicelib.domain.journeys.journey import ONCE, On, Wait, days, hours
from chalicelib.domain.journeys.moments import has_lines
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Status, enrollment_id
from tests.builders import START, a_cart, an_answer, an_order, facts, outcomes_of
from tests.domain.enrollment.given import A, a_journey

ORDERED = OrderPlaced("order-1", START, an_order())


def test_an_order_begins_a_run_that_waits_for_its_first_step() -> None:
    journey = a_journey(Wait("w", days(2)), A)

    run = enroll(journey, ORDERED, "ann", facts(an_order()), START, Policy())

    assert run is not None
    assert (run.step, run.due_at, run.status, run.subject) == ("w", START + days(2), Status.WAITING, "order-1")
    assert list(run.outcomes) == ["enrolled"]


def test_a_run_whose_first_step_is_a_message_is_due_at_once() -> None:
    run = enroll(a_journey(A), ORDERED, "ann", facts(an_order()), START, Policy())

    assert run is not None
    assert (run.step, run.due_at) == ("a", START)


def test_another_event_begins_nothing() -> None:
    answered = SurveyAnswered("order-1", START, an_answer())

    assert enroll(a_journey(A), answered, "ann", facts(), START, Policy()) is None


def test_an_event_that_its_predicate_refuses_begins_nothing() -> None:
    journey = a_journey(A, enroll=On(CartChanged, key="cart_id", when=has_lines))
    empty = CartChanged("cart-1", START, a_cart(lines=0))

    assert enroll(journey, empty, "ann", facts(), START, Policy()) is None


def test_a_run_that_is_over_before_it_begins_ends_at_once_and_says_why() -> None:
    journey = a_journey(Wait("w", days(2)), A, exit=On(OrderPlaced))
    later = an_order("order-2", START + hours(1))

    run = enroll(journey, ORDERED, "ann", facts(an_order(), later), START + hours(2), Policy())

    assert run is not None
    assert (run.status, run.due_at, run.step) == (Status.ENDED, None, None)
    assert outcomes_of(run) == [(Kind.EXITED, "w", "order_placed")]


@pytest.mark.parametrize(("late", "begins"), [(timedelta(days=5), True), (timedelta(days=5, milliseconds=1), False)])
def test_a_fact_whose_first_step_was_due_longer_ago_than_the_grace_begins_nothing(
    late: timedelta, begins: bool
) -> None:
    journey = a_journey(Wait("w", days(2)), A, grace=days(3))

    run = enroll(journey, ORDERED, "ann", facts(an_order()), START + late, Policy())

    assert (run is not None) is begins


def test_once_ever_means_one_run_whatever_the_event() -> None:
    journey = a_journey(A, reentry=ONCE)
    again = OrderPlaced("order-2", START, an_order("order-2"))

    runs = [enroll(journey, event, "ann", facts(), START, Policy()) for event in (ORDERED, again)]

    assert len({run.id for run in runs if run}) == 1
    assert [run.subject for run in runs if run] == ["order-1", "order-2"]


def test_runs_of_two_keys_and_of_two_journeys_are_told_apart() -> None:
    ids = {enrollment_id(*pair) for pair in [("one", "x"), ("one", "y"), ("two", "x"), ("on", "ex")]}

    assert len(ids) == 4


def test_an_id_from_a_shop_is_safe_in_a_key_whatever_it_looks_like() -> None:
    assert enrollment_id("hello", "주문 #1|x\n").removeprefix("hello#").isalnum()
