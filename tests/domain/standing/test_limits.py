"""A standing exactly at a limit, and until when it holds."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.standing.rfm import rising_cuts
from chalicelib.domain.standing.segments import segments_of
from chalicelib.domain.standing.standing import Quadrant, Tier, expected_orders, standing_of
from tests.domain.standing.given import NOW, TICK, USUAL, order, standing


def test_who_is_expected_to_order_just_as_often_as_the_limit_is_a_friend_or_a_barnacle() -> None:
    expected = expected_orders(1, timedelta(0), None, 10, USUAL)

    at_the_limit = standing_of([order(10)], replace(USUAL, expected=expected), NOW)
    below_it = standing_of([order(10)], replace(USUAL, expected=expected * 1.000001), NOW)

    assert (at_the_limit.quadrant, below_it.quadrant) == (Quadrant.BARNACLE, Quadrant.STRANGER)


@pytest.mark.parametrize(
    ("amount", "tier", "segments"),
    [
        (500_00, Tier.GOLD, {"everyone", "gold", "loyal"}),
        (499_99, Tier.SILVER, {"everyone", "silver", "loyal"}),
        (200_00, Tier.SILVER, {"everyone", "silver", "loyal"}),
        (199_99, Tier.BRONZE, {"everyone", "bronze"}),
    ],
)
def test_a_tier_is_reached_with_its_last_cent(amount: int, tier: Tier, segments: set[str]) -> None:
    result = standing(order(1, amount))

    assert result.tier == tier
    assert segments_of(result) - {quadrant.value for quadrant in Quadrant} == segments


def test_a_tier_holds_for_365_days_after_the_order_that_made_it() -> None:
    bought = order(0, 500_00)
    end = bought.placed_at + timedelta(days=365)

    assert standing(bought, now=end - TICK).tier == Tier.GOLD
    assert standing(bought, now=end).tier == Tier.BRONZE


def test_who_is_expected_to_order_for_ever_is_never_looked_at_again_for_that() -> None:
    for_ever = replace(USUAL, expected=1e-300)

    assert standing_of([order(400)], for_ever, NOW).review_at is None


@pytest.mark.parametrize(
    ("gaps", "median"), [((1, 2, 3, 10, 20), 3), ((20, 1, 4, 2), 3), ((7,), 7), ((1, 1, 1, 1, 1, 9), 1)]
)
def test_the_typical_gap_is_in_the_middle_of_all_gaps(gaps: tuple[int, ...], median: int) -> None:
    days_ago = [sum(gaps[index:]) for index in range(len(gaps) + 1)]

    assert standing(*map(order, days_ago)).typical_gap == timedelta(days=median)


def test_who_has_just_ordered_has_been_silent_for_no_time_at_all() -> None:
    a_day = replace(USUAL, rfm=replace(USUAL.rfm, recency=(1, 90, 180, 365)))

    assert standing_of([order(0)], a_day, NOW).r == standing_of([order(-2)], a_day, NOW).r == 5
    assert standing_of([order(1)], a_day, NOW).r == 4


def test_months_and_the_return_are_those_of_the_shop_s_zone() -> None:
    evening, night = (
        order(0, id=name, placed_at=NOW.replace(month=10, day=31, hour=hour)) for name, hour in (("a", 14), ("b", 15))
    )

    in_seoul = standing_of([evening, night], USUAL, NOW, "Asia/Seoul")  # 23:00 and midnight

    assert list(in_seoul.months) == ["2026-10", "2026-11"]
    assert in_seoul.returned_at == night.placed_at
    assert in_seoul.zone == "Asia/Seoul"
    assert list(standing(evening, night).months) == ["2026-10"]


def test_who_ordered_once_is_awaited_for_as_long_as_the_prior_takes_for_one_order() -> None:
    prior = replace(USUAL, prior_orders=0.5, prior_days=100.0)  # an order in 200 days

    def rate(idle_days: int) -> float:
        return 365 * 0.5 / (100 + idle_days)

    assert expected_orders(1, timedelta(0), None, 200, prior) == pytest.approx(rate(200))
    assert expected_orders(1, timedelta(0), None, 400, prior) == pytest.approx(rate(400) / 2)


def test_the_second_order_is_the_second_even_if_it_is_the_last() -> None:
    assert standing(order(5), order(3)).second_order_at == order(3).placed_at
    assert standing(order(5)).second_order_at is None


def test_another_order_of_the_same_day_in_the_shop_s_zone_is_no_return_though_utc_s_day_is_another() -> None:
    first, second = (
        order(0, id=f"{at}", placed_at=at)
        for at in (NOW.replace(month=10, day=30, hour=16), NOW.replace(month=10, day=31, hour=14))
    )

    assert standing_of([first, second], USUAL, NOW, "Asia/Seoul").returned_at is None
    assert standing(first, second).returned_at == second.placed_at


def test_where_no_value_is_high_enough_for_a_fifth_its_cut_is_one_more_than_the_highest() -> None:
    assert rising_cuts([5, 5, 5]) == (6, 6, 6, 6)
