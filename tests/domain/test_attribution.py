"""What an order or an answer means for the runs a customer is or was in: ordered, converted, attributed, answered."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.facts.answer import Answer, SurveyAnswered
from chalicelib.domain.facts.fact import Event
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.order import Order, OrderFulfilled, OrderPlaced
from chalicelib.domain.journeys.attribution import credited, credits_of
from chalicelib.domain.journeys.journey import (
    MARKETING,
    SERVICE,
    CartChanged,
    Goal,
    Journey,
    LaunchAnnounced,
    On,
    Send,
    days,
    hours,
)
from chalicelib.domain.journeys.moments import launch_end, of_the_launch
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment, Status
from chalicelib.domain.money import Money
from tests.builders import START, a_launch, an_answer, an_enrollment, an_order, facts, outcomes_of, with_credits

MILLISECOND = timedelta(milliseconds=1)
STEPS = (Send("a", "a"),)
CART = Journey(
    "cart", 1, MARKETING, On(CartChanged, key="cart_id"), STEPS, goal=Goal(OrderPlaced, within=days(5))
)  # fmt: skip
OTHER = Journey(
    "other", 1, MARKETING, On(CartChanged, key="cart_id"), STEPS, goal=Goal(OrderPlaced, within=days(30))
)  # fmt: skip
AIMLESS = Journey("aimless", 1, MARKETING, On(CartChanged, key="cart_id"), STEPS)
SURVEY = Journey(
    "survey", 1, SERVICE, On(OrderPlaced, key="order_id"), STEPS,
    goal=Goal(SurveyAnswered, within=days(14), key="order_id"),
)  # fmt: skip
WIN_BACK = Journey(
    "win_back", 1, MARKETING, On(OrderPlaced, key="order_id"), STEPS, goal=Goal(OrderPlaced, within=days(30))
)  # fmt: skip
EARLY = Journey(
    "early", 1, MARKETING, On(LaunchAnnounced, key="launch_id"), STEPS,
    goal=Goal(OrderPlaced, until=launch_end, when=of_the_launch),
)  # fmt: skip
JOURNEYS: Mapping[tuple[str, int], Journey] = {
    (journey.key, journey.version): journey for journey in (CART, OTHER, AIMLESS, SURVEY, WIN_BACK, EARLY)
}


def a_run(journey: Journey = CART, **more: Any) -> Enrollment:
    """A run about cart-1 whose first message went at ``START``."""
    return an_enrollment(journey, **({"subject": "cart-1", "first_allowed_at": START} | more))


def touched(run: Enrollment, kind: Kind, at: datetime, **more: Any) -> Enrollment:
    """The run with a click or an open."""
    return run.with_outcome(Outcome(f"{kind}#{at}", kind, at, step="a", **more))


def after(run: Enrollment, thing: Order | Answer, *others: Enrollment, known: Facts | None = None) -> Enrollment:
    """The run after an order or an answer."""
    event: Event = (
        OrderPlaced(thing.id, thing.placed_at, thing)
        if isinstance(thing, Order)
        else SurveyAnswered(thing.order_id, thing.at, thing)
    )
    facts_then = known or facts(thing)
    launches = {launch.id: launch for launch in (facts_then.launch,) if launch}
    runs = credited(JOURNEYS, [run, *others], event, facts_then, event.at, Policy(), launches)
    found = next(each for each in runs if each.id == run.id)
    if not isinstance(event, OrderPlaced):
        return found
    was = any(f"attributed#{event.key}" in each.outcomes for each in runs)
    args = (JOURNEYS, [run, *others], event, facts_then, event.at, Policy(), launches)
    return with_credits(found, credits_of(*args, is_attributed=was))


def kinds(run: Enrollment) -> set[Kind]:
    return {kind for kind, _, _ in outcomes_of(run)}


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


def test_the_first_order_converts_and_each_is_ordered_however_often_it_is_told() -> None:
    run = a_run()
    for order in (an_order("order-1", START + days(1)), an_order("order-2", START + days(2))) * 2:
        run = after(run, order)

    assert sorted(run.outcomes) == ["converted", "enrolled", "ordered#order-1", "ordered#order-2"]
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
