"""Which mail an order is attributed to, and what an answer means for its run."""

from datetime import timedelta

import pytest

from chalicelib.domain.facts.order import OrderFulfilled
from chalicelib.domain.journeys.attribution import credited
from chalicelib.domain.journeys.journey import (
    days,
    hours,
)
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.policy import Policy
from tests.builders import START, an_answer, an_order, facts, outcomes_of
from tests.domain.attributing import CART, JOURNEYS, MILLISECOND, OTHER, SURVEY, WIN_BACK, a_run, after, kinds, touched

# The last touch


def test_the_run_that_was_clicked_last_gets_the_order() -> None:
    first = touched(a_run(CART), Kind.CLICKED, START + hours(1))
    last = touched(a_run(OTHER), Kind.CLICKED, START + hours(2))
    order = an_order(at=START + hours(3))

    assert Kind.ATTRIBUTED not in kinds(after(first, order, last))
    assert Kind.ATTRIBUTED in kinds(after(last, order, first))


def test_a_click_counts_more_than_a_later_open() -> None:
    clicked = touched(a_run(CART), Kind.CLICKED, START)
    opened = touched(a_run(OTHER), Kind.OPENED, START + hours(2))
    order = an_order(at=START + hours(3))

    assert Kind.ATTRIBUTED in kinds(after(clicked, order, opened))
    assert Kind.ATTRIBUTED not in kinds(after(opened, order, clicked))


def test_without_a_click_the_last_open_counts() -> None:
    opened = touched(a_run(), Kind.OPENED, START)

    assert Kind.ATTRIBUTED in kinds(after(opened, an_order(at=START + hours(3))))


@pytest.mark.parametrize(
    ("ago", "counts"),
    [(timedelta(0), True), (days(5), True), (days(5) + MILLISECOND, False), (-MILLISECOND, False)],
)
def test_a_click_counts_for_five_days_and_not_before_it_was_made(ago: timedelta, counts: bool) -> None:
    at = START + days(10)
    run = touched(a_run(OTHER), Kind.CLICKED, at - ago)

    assert (Kind.ATTRIBUTED in kinds(after(run, an_order(at=at)))) is counts


def test_what_a_machine_clicked_brings_nothing() -> None:
    run = touched(a_run(), Kind.CLICKED, START, automated=True)

    assert Kind.ATTRIBUTED not in kinds(after(run, an_order(at=START + hours(1))))


def test_an_order_is_attributed_once_whoever_tells_it_how_often() -> None:
    run, order = touched(a_run(), Kind.CLICKED, START), an_order(at=START + hours(1))

    again = after(after(run, order), order)

    assert [kind for kind, _, _ in outcomes_of(again)].count(Kind.ATTRIBUTED) == 1


# Answers


@pytest.mark.parametrize(("days_later", "converts"), [(0, True), (14, True), (15, False)])
def test_an_answer_is_kept_with_its_score_and_is_the_goal_within_14_days(days_later: int, converts: bool) -> None:
    answer = an_answer(at=START + days(days_later), score=3)

    run = after(a_run(SURVEY, subject="order-1"), answer)

    assert run.outcomes["answered"].score == 3
    assert (Kind.CONVERTED in kinds(run)) is converts


def test_an_answer_has_no_value_though_its_order_is_known() -> None:
    answer = an_answer(at=START, score=3)

    run = after(a_run(SURVEY, subject="order-1"), answer, known=facts(an_order("order-1"), answer))

    assert run.outcomes["converted"].value is None


def test_an_answer_about_another_order_is_none() -> None:
    assert kinds(after(a_run(SURVEY, subject="order-2"), an_answer("order-1"))) == set()


def test_an_answer_is_no_answer_to_another_journey_that_the_same_order_began() -> None:
    run = after(a_run(WIN_BACK, subject="order-1"), an_answer("order-1"))

    assert kinds(run) == set()


def test_what_is_neither_order_nor_answer_brings_no_credit() -> None:
    order = an_order(fulfilled_at=START)

    (run,) = credited(JOURNEYS, [a_run()], OrderFulfilled("order-1", START, order), facts(order), START, Policy())

    assert kinds(run) == set()
