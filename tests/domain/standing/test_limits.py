"""A standing exactly at a limit, and until when it holds."""

from dataclasses import replace
from datetime import timedelta

import pytest

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
