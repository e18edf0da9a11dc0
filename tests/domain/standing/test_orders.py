"""Which orders count, and what a standing says of them: revenue, gaps and months."""

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.facts.order import Order
from chalicelib.domain.standing.segments import segments_of
from chalicelib.domain.standing.standing import Month, Standing, Tier
from tests.domain.standing.given import NOW, order, some_orders, standing


def test_without_an_order_there_is_no_standing() -> None:
    assert standing() == Standing()
    assert segments_of(Standing()) == frozenset()


def test_a_cancelled_order_leaves_no_trace() -> None:
    kept, cancelled = order(10), order(20, 900_00, cancelled_at=NOW)

    assert standing(kept, cancelled) == standing(kept)
    assert standing(cancelled) == Standing()


def test_revenue_is_net_of_refunds_by_currency() -> None:
    result = standing(order(10, 40_00, refunded=15_00), order(20, 30_00), order(30, 9_000, "KRW"))

    assert result.revenue == {"USD": 55_00, "KRW": 9_000}


def test_a_refund_larger_than_its_order_takes_nothing_from_the_others() -> None:
    result = standing(order(10, 40_00, refunded=95_00), order(20, 30_00))

    assert result.revenue == {"USD": 30_00}
    assert result.orders == 2


def test_an_order_dated_in_the_future_is_a_fact_all_the_same() -> None:
    result = standing(order(-2, 600_00))

    assert (result.orders, result.tier, result.r) == (1, Tier.GOLD, 5)
    assert result.last_order_at == NOW + timedelta(days=2)


def test_orders_of_one_moment_stand_in_the_order_of_their_ids() -> None:
    first, second = order(5, id="a", referred=True), order(5, id="b")

    assert standing(second, first).referred
    assert not standing(second, replace(first, id="c")).referred


def test_the_first_second_and_last_orders_and_the_return_on_a_later_day() -> None:
    morning, evening, later = order(20), order(19.9), order(3)  # 09:00, 11:24, and 17 days later

    result = standing(later, evening, morning)

    assert result.first_order_at == morning.placed_at
    assert result.second_order_at == evening.placed_at
    assert result.returned_at == later.placed_at
    assert result.last_order_at == later.placed_at


def test_days_are_those_of_utc_wherever_the_order_says_it_was_placed() -> None:
    seoul = datetime.fromisoformat("2026-11-01T08:30+09:00")  # still 31 October in UTC

    result = standing(order(0, placed_at=seoul), order(0, id="next", placed_at=seoul + timedelta(hours=1)))

    assert list(result.months) == ["2026-10", "2026-11"]
    assert result.returned_at == seoul + timedelta(hours=1)


@pytest.mark.parametrize(("days_ago", "gap"), [((9,), None), ((30, 20), 10), ((60, 50, 20), 20), ((9, 8, 6, 0), 2)])
def test_the_typical_gap_is_the_median_between_orders(days_ago: tuple[int, ...], gap: int | None) -> None:
    result = standing(*map(order, days_ago))

    assert result.typical_gap == (None if gap is None else timedelta(days=gap))


def test_months_tell_orders_and_revenue_by_currency() -> None:
    result = standing(order(52), order(51, 7_000, "KRW"), order(20, 30_00, refunded=10_00), order(21))

    assert result.months == {
        "2026-10": Month(2, {"USD": 40_00, "KRW": 7_000}, {"USD": 1, "KRW": 1}),
        "2026-11": Month(2, {"USD": 60_00}, {"USD": 2}),
    }


@given(made=some_orders, chance=st.randoms(use_true_random=False))
def test_the_order_in_which_orders_arrive_changes_nothing(made: list[Order], chance: random.Random) -> None:
    shuffled = chance.sample(made, len(made))

    assert standing(*shuffled) == standing(*made)


@given(made=some_orders)
def test_the_months_add_up_to_the_whole(made: list[Order]) -> None:
    result = standing(*made)

    assert sum(month.orders for month in result.months.values()) == result.orders
    assert sum(sum(month.orders_in.values()) for month in result.months.values()) == result.orders
    for code, amount in result.revenue.items():
        assert sum(month.revenue.get(code, 0) for month in result.months.values()) == amount >= 0
