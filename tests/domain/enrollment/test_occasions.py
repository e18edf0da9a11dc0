"""What is of a cart's occasion and what is not: orders before it, its end, and what was just bought."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.facts.cart import NOTHING, Cart, Line
from chalicelib.domain.facts.order import Order
from chalicelib.domain.journeys.engine import Deliver, Exit, exit_reason, rest
from chalicelib.domain.journeys.journey import CartChanged, CartEmptied, Notify, On, OrderPlaced, Wait, days
from chalicelib.domain.journeys.run import End
from tests.builders import START, a_cart, a_situation, an_enrollment, an_order, facts
from tests.domain.enrollment.given import A, a_journey, decide

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
JOURNEY = a_journey(
    Wait("left", days(1)), A, enroll=On(CartChanged, key="cart_id"),
    exit=On(OrderPlaced, key="cart_id") | On(CartEmptied, key="cart_id"),
)  # fmt: skip
RUN = an_enrollment(JOURNEY, subject="cart-1", occurrence="cart-1")


def ordered(at: datetime, *products: str, **more: Any) -> Order:
    """An order from the cart."""
    return an_order(at=at, cart_id="cart-1", products=products, **more)


@pytest.mark.parametrize(
    ("order", "ends"),
    [
        (ordered(START - DAY), True),  # of what is unknown
        (ordered(START - DAY, "tea-0", "mug"), True),  # of what is in the cart
        (ordered(START - DAY, "mug"), False),  # of something else
        (ordered(START - MINUTE, "mug"), True),  # told before the cart's last change
        (ordered(START + MINUTE, "mug"), True),
    ],
)
def test_an_order_from_the_cart_before_it_was_seen_ends_its_run_unless_it_was_of_other_things(
    order: Order, ends: bool
) -> None:
    situation = a_situation(RUN, facts(a_cart(), order))

    assert (exit_reason(JOURNEY, situation) == "order_placed") is ends


@pytest.mark.parametrize(("since", "ends"), [(START - 2 * MINUTE, True), (START - MINUTE, False), (START, False)])
def test_what_ended_the_occasion_before_does_not_end_this_one(since: datetime, ends: bool) -> None:
    run = replace(RUN, again=True, since=since)

    assert bool(exit_reason(JOURNEY, a_situation(run, facts(a_cart(), ordered(START - MINUTE))))) is ends


def test_an_occasion_ends_at_the_time_of_what_ended_it_with_what_was_in_the_cart() -> None:
    late = START + 5 * DAY
    cart = a_cart(at=START)

    by_order = rest(JOURNEY, a_situation(RUN, facts(cart, ordered(START + MINUTE)), late))
    by_emptying = rest(JOURNEY, a_situation(RUN, facts(a_cart(at=START + DAY, lines=0)), late))
    changed_since = rest(JOURNEY, a_situation(RUN, facts(a_cart(at=START + DAY), ordered(START + MINUTE, "x")), late))
    by_itself = rest(JOURNEY, a_situation(replace(RUN, step=None), facts(cart), late))

    assert [run.end for run in (by_order, by_emptying, changed_since, by_itself)] == [
        End(START + MINUTE, cart.content),
        End(START + DAY, NOTHING),
        End(START + MINUTE, None),
        End(late, cart.content),
    ]


def test_the_content_of_a_cart_is_its_products_and_pieces() -> None:
    tea, mug = Line("tea", "Tea", 2, 1250), Line("mug", "Mug")

    def content(*lines: Line) -> str:
        return replace(a_cart(), lines=lines).content

    same = [(tea, mug), (mug, tea), (Line("tea", "Thé", 1, 999), mug, Line("tea", "Tea", 1, 1250))]
    assert len({content(*lines) for lines in same}) == 1
    assert len({content(tea, mug), content(tea), content(mug, mug, tea), content(), NOTHING}) == 4


@pytest.mark.parametrize(
    ("orders", "decision"),
    [
        ([ordered(START - DAY, "tea-0", "tea-1")], Exit("just_bought")),
        ([ordered(START - DAY, "tea-0"), an_order("o2", START, products=("tea-1",))], Exit("just_bought")),
        ([ordered(START - DAY, "tea-0")], Deliver(A)),
        ([ordered(START - DAY)], Deliver(A)),
        ([ordered(START - DAY - MINUTE, "tea-0", "tea-1")], Deliver(A)),
        ([ordered(START - DAY, "tea-0", "tea-1", cancelled_at=START)], Deliver(A)),
        ([], Deliver(A)),
    ],
)
def test_a_cart_of_only_what_was_bought_in_the_day_before_it_was_left_is_left_out(
    orders: list[Order], decision: object
) -> None:
    journey = replace(JOURNEY, exit=None)
    known = facts(a_cart(lines=2), *orders)

    assert decide(journey, replace(RUN, step="a"), known, START + DAY) == decision


def test_the_team_is_told_of_what_was_just_bought() -> None:
    notice = Notify("n", "n")
    journey = a_journey(notice, A, enroll=On(CartChanged, key="cart_id"))
    known = facts(a_cart(), ordered(START, "tea-0"))

    assert decide(journey, replace(RUN, step="n"), known) == Deliver(notice)


def test_a_later_occasion_is_named_after_its_cart_and_its_time() -> None:
    first, second, third = (
        replace(RUN, again=again, entered_at=START + number * DAY, occurrence=f"cart-1@{number}")
        for number, again in enumerate([False, True, True])
    )
    first = replace(first, occurrence="cart-1")

    assert second.id == f"{first.id}-20260303T100000000Z"
    assert sorted([third.id, second.id, first.id]) == [first.id, second.id, third.id]
    assert len({run.send_id for run in (first, second, third)}) == 3


def test_an_empty_cart_holds_only_nothing() -> None:
    empty: Cart = a_cart(lines=0)

    assert not empty.holds_only(["tea-0"])
