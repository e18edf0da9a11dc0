"""Segments are named after the standing."""

import pytest
from hypothesis import given

from chalicelib.domain.facts.order import Order
from chalicelib.domain.standing.segments import SEGMENT_NAMES, segments_of
from chalicelib.domain.standing.standing import Quadrant, Standing, Tier
from tests.domain.standing.given import some_orders, standing


@pytest.mark.parametrize(
    ("result", "names"),
    [
        (Standing(orders=1), {"everyone", "bronze", "stranger"}),
        (
            Standing(orders=1, tier=Tier.SILVER, quadrant=Quadrant.BUTTERFLY),
            {"everyone", "silver", "loyal", "butterfly"},
        ),
        (
            Standing(orders=2, tier=Tier.GOLD, quadrant=Quadrant.TRUE_FRIEND),
            {"everyone", "gold", "loyal", "true_friend", "repeat"},
        ),
        (Standing(orders=7, quadrant=Quadrant.BARNACLE), {"everyone", "bronze", "barnacle", "repeat"}),
    ],
)
def test_segments_are_named_after_the_standing(result: Standing, names: set[str]) -> None:
    assert segments_of(result) == names


@given(made=some_orders)
def test_every_segment_has_a_name_from_the_list(made: list[Order]) -> None:
    assert segments_of(standing(*made)) <= set(SEGMENT_NAMES)
