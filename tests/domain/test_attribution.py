"""What an order or an answer means for the runs a customer is or was in: ordered, converted, attributed, answered."""

from dataclasses import replace
from datetime import datetime

import pytest

from chalicelib.domain.facts.order import OrderPlaced
from chalicelib.domain.journeys.attribution import credited, credits_of
from chalicelib.domain.journeys.journey import (
    days,
    hours,
)
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Status
from chalicelib.domain.money import Money
from tests.builders import START, a_launch, an_order, facts
from tests.domain.attributing import AIMLESS, CART, EARLY, JOURNEYS, MILLISECOND, OTHER, a_run, after, kinds, touched


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        (START - MILLISECOND, False),
        (START, True),
        (START + days(5), True),
        (START + days(5) + MILLISECOND, False),
    ],
)
def test_an_order_counts_from_the_first_message_to_the_end_of_the_goals_window(at: datetime, counts: bool) -> None:
    run = after(a_run(), an_order(at=at))

    assert kinds(run) == ({Kind.ORDERED, Kind.CONVERTED} if counts else set())


def test_the_value_is_the_orders_net_of_refunds_at_the_orders_own_time() -> None:
    run = after(a_run(), an_order("order-7", START + days(1), total=5000, refunded=1200))

    converted = run.outcomes["converted"]
    assert (converted.value, converted.at, converted.about) == (Money(3800, "USD"), START + days(1), "order-7")


def test_a_run_without_a_message_is_credited_with_nothing() -> None:
    assert kinds(after(a_run(first_allowed_at=None), an_order())) == set()


def test_a_run_that_has_ended_still_converts() -> None:
    ended = a_run(status=Status.ENDED, step=None, due_at=None)

    assert Kind.CONVERTED in kinds(after(ended, an_order()))


@pytest.mark.parametrize("step", [1, -1], ids=["in order", "the other way round"])
def test_the_first_order_converts_and_each_is_ordered_however_often_it_is_told(step: int) -> None:
    run, orders = a_run(), (an_order("order-1", START + days(1)), an_order("order-2", START + days(2)))
    for order in orders[::step] * 2:
        run = after(run, order)

    assert sorted(run.outcomes) == ["converted", "enrolled", "ordered#order-1", "ordered#order-2"]
    assert run.outcomes["converted"].about == "order-1"


@pytest.mark.parametrize("step", [1, -1])
def test_of_two_orders_of_one_moment_the_one_with_the_smaller_id_converts(step: int) -> None:
    run = a_run()
    for name in ("order-1", "order-2")[::step]:
        run = after(run, an_order(name, START + days(1)))

    assert run.outcomes["converted"].about == "order-1"


def test_an_order_converts_every_journey_in_whose_window_it_lies() -> None:
    placed = OrderPlaced("o", START + days(6), an_order("o", START + days(6)))

    found = credited(JOURNEYS, [a_run(CART), a_run(OTHER)], placed, facts(placed.order), placed.at, Policy())

    assert [Kind.CONVERTED in kinds(run) for run in found] == [False, True]


def test_a_journey_without_a_goal_has_no_window_to_count_in() -> None:
    assert kinds(after(a_run(AIMLESS), an_order())) == set()


def test_a_run_whose_journey_is_gone_is_left_alone_and_stops_nothing() -> None:
    gone = replace(a_run(), journey="gone")

    order = an_order("o")
    found = credited(JOURNEYS, [gone, a_run()], OrderPlaced("o", START, order), facts(order), START, Policy())

    assert [Kind.CONVERTED in kinds(run) for run in found if run.journey == "cart"] == [True]


def test_an_order_that_is_another_customer_s_by_now_brings_nothing() -> None:
    order = an_order()
    placed = OrderPlaced(order.id, order.placed_at, order)

    (run,) = credited(JOURNEYS, [a_run()], placed, facts(), START, Policy())

    assert kinds(run) == set()
    assert credits_of(JOURNEYS, [a_run()], placed, facts(), START, Policy(), is_attributed=False) == []


def test_an_order_that_lies_in_no_window_and_follows_no_mail_makes_no_credit() -> None:
    order = an_order(at=START + days(9))
    placed = OrderPlaced(order.id, order.placed_at, order)

    assert credits_of(JOURNEYS, [a_run()], placed, facts(order), START, Policy(), is_attributed=False) == []


def test_an_order_that_was_attributed_is_not_attributed_again_but_ordered_where_it_lies() -> None:
    order = an_order(at=START + hours(3))
    placed = OrderPlaced(order.id, order.placed_at, order)
    clicked = touched(a_run(), Kind.CLICKED, START + hours(1))

    (credit,) = credits_of(JOURNEYS, [clicked], placed, facts(order), START, Policy(), is_attributed=True)

    assert (credit.is_ordered, credit.is_attributed) == (True, False)


# Until a moment


def test_a_launchs_order_counts_until_the_launch_ends() -> None:
    launch = a_launch()
    bought, too_late = (
        an_order(at=at, products=("first-flush",)) for at in (launch.ends_at - MILLISECOND, launch.ends_at)
    )

    runs = [after(a_run(EARLY, subject="spring"), order, known=facts(order, launch)) for order in (bought, too_late)]

    assert [Kind.CONVERTED in kinds(run) for run in runs] == [True, False]


def test_an_order_of_other_products_is_ordered_but_not_the_goal() -> None:
    order = an_order(products=("whisk",))

    run = after(a_run(EARLY, subject="spring"), order, known=facts(order, a_launch()))

    assert kinds(run) == {Kind.ORDERED}
