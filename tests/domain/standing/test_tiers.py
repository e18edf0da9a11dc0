"""A tier begins at a revenue of 365 days, in all currencies together."""

from datetime import timedelta

import pytest

from chalicelib.domain.standing.standing import Quadrant, Tier, standing_of
from chalicelib.domain.standing.thresholds import Thresholds
from tests.domain.standing.given import NOW, TICK, order, standing


@pytest.mark.parametrize(
    ("amount", "tier"),
    [(199_99, Tier.BRONZE), (200_00, Tier.SILVER), (499_99, Tier.SILVER), (500_00, Tier.GOLD)],
)
def test_a_tier_begins_exactly_at_its_threshold(amount: int, tier: Tier) -> None:
    assert standing(order(10, amount)).tier == tier


def test_revenue_counts_towards_the_tier_for_365_days() -> None:
    result = standing(order(364, 200_00))

    assert result.tier == Tier.SILVER
    assert standing(order(365, 200_00)).tier == Tier.BRONZE
    assert standing(order(364, 200_00), now=NOW + timedelta(days=1) - TICK).tier == Tier.SILVER


def test_several_currencies_reach_a_tier_together() -> None:
    halves = standing(order(10, 100_00), order(11, 100_000, "KRW"))

    assert halves.tier == Tier.SILVER
    assert standing(order(10, 100_00), order(11, 99_999, "KRW")).tier == Tier.BRONZE


def test_a_currency_without_a_threshold_counts_for_no_tier() -> None:
    result = standing(order(10, 10**9, "XTS"))

    assert (result.tier, result.quadrant, result.m) == (Tier.BRONZE, Quadrant.STRANGER, 1)
    assert result.revenue == {"XTS": 10**9}


def test_a_shop_that_sets_nothing_has_thresholds_in_its_own_currency() -> None:
    worth_250_dollars = [order(10, 250_00), order(10, 250_000, "KRW"), order(10, 25_000, "JPY")]

    assert {standing_of([made], Thresholds(), NOW).tier for made in worth_250_dollars} == {Tier.SILVER}
