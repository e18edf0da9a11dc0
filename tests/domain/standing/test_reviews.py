"""Time alone changes a standing at its review, and never before."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.facts.order import Order
from chalicelib.domain.standing.standing import Tier
from tests.domain.standing.given import NOW, TICK, order, some_orders, standing


def test_a_tier_is_reviewed_when_the_order_that_holds_it_leaves_the_window() -> None:
    old, recent = order(360, 150_00), order(29.9, 60_00)
    in_five_days = NOW + timedelta(days=5)

    result = standing(old, recent, now=NOW + timedelta(days=1))  # r changed a moment before

    assert result.tier == Tier.SILVER
    assert result.review_at == in_five_days
    assert standing(old, recent, now=in_five_days - TICK).tier == Tier.SILVER
    assert standing(old, recent, now=in_five_days).tier == Tier.BRONZE


def test_a_customer_nothing_can_befall_any_more_is_never_reviewed() -> None:
    assert standing(order(800)).review_at is None
    assert standing().review_at is None


@given(made=some_orders, part=st.floats(0, 0.999))
def test_time_alone_changes_nothing_before_the_review_and_something_at_it(made: list[Order], part: float) -> None:
    result = standing(*made)

    if result.review_at is None:
        assert standing(*made, now=NOW + timedelta(days=5000) * part) == result
    else:
        changed = standing(*made, now=result.review_at)
        assert result.review_at > NOW
        assert standing(*made, now=NOW + (result.review_at - NOW) * part) == result
        assert standing(*made, now=result.review_at - TICK) == result
        assert (changed.tier, changed.quadrant, changed.r) != (result.tier, result.quadrant, result.r)
