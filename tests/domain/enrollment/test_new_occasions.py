"""Which version of a cart begins a new occasion, after the run before has ended, and since when its events count."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.facts.cart import NOTHING, Cart
from chalicelib.domain.facts.order import Order
from chalicelib.domain.journeys.journey import ONCE, CartChanged, On, OrderPlaced
from chalicelib.domain.journeys.occasions import beginning, end_of, has_occasions, is_bought, owns
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import End, Enrollment
from chalicelib.domain.journeys.situation import ORDER_LEAD
from tests.builders import START, a_cart, an_enrollment, an_order, facts
from tests.domain.enrollment.given import A, a_journey

MINUTE, HOUR, INSTANT = timedelta(minutes=1), timedelta(hours=1), timedelta(milliseconds=1)
ENDED = START + HOUR
TEA = a_cart(lines=1).content


def a_run(content: str | None = TEA, at: datetime = ENDED) -> Enrollment:
    """The run of cart-1, which ended an hour after it began, with one tea in the cart."""
    run = an_enrollment(subject="cart-1", occurrence="cart-1", trigger="CartChanged")
    return replace(run.ended(at + HOUR, "cart_emptied"), end=End(at, content))


def begins(
    at: datetime,
    lines: int = 2,
    *orders: Order,
    old: Cart | None = None,
    latest: Enrollment | None = None,
    emptied_at: datetime | None = None,
) -> datetime | None:
    """Since when the occasion counts that this version begins; None if it begins none."""
    cart = replace(a_cart(at=at, lines=lines), emptied_at=emptied_at)
    return beginning(latest or a_run(), cart, old, facts(cart, *orders))


def an_order_of(*products: str, at: datetime, **more: Any) -> Order:
    """An order from the cart."""
    return an_order(at=at, cart_id="cart-1", products=products, **more)


def test_a_version_after_the_end_with_something_else_begins_an_occasion_that_counts_from_that_end() -> None:
    assert begins(ENDED + INSTANT) == ENDED
    assert begins(ENDED) is None
    assert begins(ENDED + INSTANT, latest=an_enrollment(subject="cart-1")) is None  # an open run owns every change


def test_a_version_that_holds_what_the_cart_held_at_the_end_begins_none() -> None:
    assert begins(ENDED + HOUR, 1) is None
    assert begins(ENDED + HOUR, 1, latest=a_run(content=None)) == ENDED  # it is not known what it held


def test_a_cart_that_has_another_owner_by_now_begins_none() -> None:
    assert beginning(a_run(), a_cart(at=ENDED + HOUR, lines=2), None, facts()) is None


def test_a_cart_that_was_emptied_meanwhile_begins_one_whatever_is_filled_in() -> None:
    assert begins(ENDED + HOUR, 1, emptied_at=ENDED + MINUTE) == ENDED + MINUTE


def test_emptying_the_cart_at_the_very_end_of_the_run_is_part_of_that_end() -> None:
    assert begins(ENDED + HOUR, 1, emptied_at=ENDED) is None


def test_a_version_of_the_moment_at_which_the_cart_was_emptied_begins_none() -> None:
    assert begins(ENDED + HOUR, 1, emptied_at=ENDED + HOUR) is None


def test_an_emptied_version_is_left_to_the_journey_s_own_condition() -> None:
    assert begins(ENDED + HOUR, 0, latest=a_run(NOTHING)) == ENDED


@pytest.mark.parametrize(
    ("ago", "since"),
    [
        (ORDER_LEAD, ENDED + HOUR - ORDER_LEAD),
        (ORDER_LEAD - INSTANT, None),  # the order of this very version was told late, or it is only saved again
    ],
)
def test_what_is_filled_in_after_an_order_of_other_things_counts_from_the_order(
    ago: timedelta, since: datetime | None
) -> None:
    order = an_order_of("mug", at=ENDED + HOUR - ago)

    assert begins(ENDED + HOUR, 1, order) == since


def test_a_version_of_the_moment_of_the_latest_order_belongs_to_that_order() -> None:
    assert begins(ENDED + HOUR, 2, an_order_of("mug", at=ENDED + HOUR)) is None


def test_of_several_orders_the_latest_counts() -> None:
    orders = [an_order_of("mug", at=ENDED + n * HOUR, order_id=f"o{n}") for n in (2, 1)]

    assert begins(ENDED + 3 * HOUR, 2, *orders) == ENDED + 2 * HOUR


def test_an_order_from_another_cart_is_none_of_this_one() -> None:
    assert begins(ENDED + HOUR, 2, an_order(at=ENDED + 2 * HOUR, cart_id="cart-2")) == ENDED


@pytest.mark.parametrize(
    ("order", "is_new"),
    [
        (an_order_of("tea-0", "tea-1", at=ENDED + MINUTE), False),
        (an_order_of("tea-0", "tea-1", at=ENDED), False),
        (an_order_of("tea-0", "tea-1", at=ENDED - INSTANT), True),  # of an occasion before
        (an_order_of("tea-0", "tea-1", at=ENDED + MINUTE, cancelled_at=ENDED + 2 * MINUTE), True),
        (an_order_of("tea-0", at=ENDED + MINUTE), True),  # tea-1 is new
    ],
)
def test_what_the_cart_s_last_order_was_of_begins_none(order: Order, is_new: bool) -> None:
    assert (begins(ENDED + HOUR, 2, order) is not None) is is_new


def test_what_the_cart_held_before_a_later_order_counts_not_what_it_held_at_the_end_of_the_run() -> None:
    order = an_order_of("mug", at=ENDED + HOUR)

    assert begins(ENDED + 2 * HOUR, 1, order) == order.placed_at
    assert begins(ENDED + 2 * HOUR, 1, order, old=a_cart(at=ENDED + MINUTE, lines=1)) is None
    assert begins(ENDED + 2 * HOUR, 1, order, old=a_cart(at=order.placed_at, lines=1)) is None


def test_a_version_is_compared_with_the_end_not_with_one_since() -> None:
    assert begins(ENDED + 2 * HOUR, 2, old=a_cart(at=ENDED + HOUR, lines=2)) == ENDED
    assert begins(ENDED + 2 * HOUR, 1, old=a_cart(at=ENDED, lines=2), latest=a_run(content="x")) == ENDED


@pytest.mark.parametrize("kind", [Kind.EXITED, Kind.FAILED])
def test_a_run_without_a_recorded_end_ended_when_it_was_over(kind: Kind) -> None:
    run = an_enrollment(subject="cart-1", trigger="CartChanged", ran_at=START + 9 * HOUR).ended(ENDED, "x", kind)

    assert [owns(run, a_cart(at=at)) for at in (ENDED, ENDED + INSTANT)] == [True, False]


def test_a_version_from_before_the_run_began_is_one_of_the_runs_before() -> None:
    run = replace(a_run(at=START - HOUR), entered_at=START)

    assert [owns(run, a_cart(at=at)) for at in (START, START + INSTANT)] == [True, False]


def test_only_a_cart_has_occasions_and_not_in_a_journey_that_is_entered_once() -> None:
    by_cart, by_order = On(CartChanged, key="cart_id"), On(OrderPlaced, key="order_id")

    assert has_occasions(a_journey(A, enroll=by_cart))
    assert not has_occasions(a_journey(A, enroll=by_order))
    assert not has_occasions(a_journey(A, enroll=by_cart, reentry=ONCE))


def test_a_version_from_before_the_run_began_begins_none_even_after_an_older_end() -> None:
    run = replace(a_run(at=START - HOUR), entered_at=START)

    assert begins(START - MINUTE, latest=run) is None
    assert begins(START + MINUTE, latest=run) == START - HOUR


def test_a_run_that_left_no_word_of_its_end_ended_when_it_last_ran() -> None:
    silent = replace(a_run(), end=None, outcomes={}, ran_at=ENDED)

    assert [owns(silent, a_cart(at=at)) for at in (ENDED, ENDED + INSTANT)] == [True, False]


@pytest.mark.parametrize(
    ("at", "is_known"),
    [
        (START - INSTANT, True),  # an order from before the cart was seen
        (START, False),
        (START + HOUR - ORDER_LEAD, False),
        (START + HOUR - ORDER_LEAD + INSTANT, True),  # it was only saved again, most likely
        (START + HOUR, True),  # the cart has not changed since
    ],
)
def test_what_was_in_a_cart_at_an_order_is_not_known_if_it_has_changed_since(at: datetime, is_known: bool) -> None:
    run, cart = an_enrollment(subject="cart-1", trigger="CartChanged"), a_cart(at=START + HOUR, lines=2)

    def end(order: Order | None) -> End:
        return end_of(run, facts(cart), at, order)

    order = an_order_of("mug", at=at)
    assert end(order) == End(at, cart.content if is_known else None)
    is_before_or_after = at < START or at >= START + HOUR
    assert end(replace(order, cart_id=None)) == End(at, cart.content if is_before_or_after else None)
    assert end(an_order_of(at=at)) == end(None) == End(at, cart.content)


def test_a_cart_that_was_filled_again_held_nothing_when_it_was_emptied() -> None:
    refilled = replace(a_cart(at=ENDED + HOUR), emptied_at=ENDED)

    assert end_of(an_enrollment(subject="cart-1"), facts(refilled), ENDED, None) == End(ENDED, NOTHING)


def test_a_cart_that_is_not_there_any_more_held_nothing_at_the_end() -> None:
    assert end_of(an_enrollment(subject="cart-1"), facts(), ENDED, None) == End(ENDED, NOTHING)


def test_an_open_run_owns_every_version() -> None:
    assert owns(an_enrollment(subject="cart-1", trigger="CartChanged"), a_cart(at=START + 99 * HOUR))


@pytest.mark.parametrize(
    ("content", "lines", "at", "is_owned"),
    [
        (NOTHING, 1, ENDED, False),  # it was not empty then
        (NOTHING, 0, ENDED, True),
        (TEA, 1, ENDED, True),
        (NOTHING, 1, ENDED - INSTANT, True),
    ],
)
def test_one_with_lines_at_the_time_of_an_emptying_shows_that_the_cart_was_not_empty(
    content: str, lines: int, at: datetime, is_owned: bool
) -> None:
    assert owns(a_run(content), a_cart(at=at, lines=lines)) is is_owned


def test_nor_does_it_if_the_run_began_at_that_very_time() -> None:
    run = replace(a_run(NOTHING, START), entered_at=START)

    assert owns(run, a_cart(at=START, lines=1))


def test_a_version_at_the_very_time_of_the_end_may_begin_the_next_occasion() -> None:
    """It has lines when the cart was seen empty."""
    assert begins(ENDED, 1, latest=a_run(NOTHING)) == ENDED


def test_an_empty_cart_begins_nothing_at_the_time_of_its_order_and_counts_from_the_end_right_after_it() -> None:
    later = ENDED + HOUR
    order = an_order_of("tea-0", at=later)

    assert begins(later, 0, order) is None
    assert begins(later + ORDER_LEAD - INSTANT, 0, order) == ENDED
    assert begins(later + ORDER_LEAD, 0, order) == later


def test_what_is_in_a_cart_was_bought_if_the_order_itself_emptied_it() -> None:
    cart, order = a_cart(at=START + HOUR), an_order_of("tea-0", at=START)

    assert is_bought(replace(cart, emptied_at=START), facts(cart, order))
    assert not is_bought(replace(cart, emptied_at=START + INSTANT), facts(cart, order))
    assert not is_bought(cart, facts(cart))
