"""Thresholds that make no sense are refused."""

from dataclasses import replace

import pytest

from chalicelib.domain.standing.thresholds import RfmCuts
from tests.domain.standing.given import USUAL


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"silver": {"USD": 600_00}}, "gold must not be below silver"),
        ({"silver": {"USD": 0}}, "minor unit"),
        ({"profit": {"USD": -1}}, "minor unit"),
        ({"margin": 1.2}, "margin"),
        ({"expected": 0.0}, "expected"),
        ({"prior_days": 0.0}, "prior_days"),
    ],
)
def test_thresholds_that_make_no_sense_are_refused(settings: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        replace(USUAL, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("cuts", [(1, 2, 3), (1, 3, 2, 4), (0, 1, 2, 3)])
def test_cut_points_are_four_and_ascend(cuts: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="F: expected 4 ascending numbers"):
        RfmCuts(frequency=cuts)
