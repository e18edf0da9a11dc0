"""Thresholds exactly at what is allowed, and what a shop is told that sets others."""

from dataclasses import replace

import pytest

from chalicelib.domain.standing.thresholds import Thresholds, about
from tests.domain.standing.given import USUAL


@pytest.mark.parametrize(
    "settings",
    [
        {"silver": {"USD": 1}, "gold": {"USD": 1}, "profit": {"USD": 1}},
        {"silver": {"USD": 500_00}, "gold": {"USD": 500_00}},
        {"silver": {"EUR": 500_00}, "gold": {"USD": 1}},  # nothing to compare with
        {"margin": 0},
        {"margin": 1},
        {"expected": 0.01, "prior_orders": 0.01, "prior_days": 0.5},
    ],
)
def test_thresholds_are_taken_at_their_very_limits(settings: dict[str, object]) -> None:
    taken = replace(USUAL, **settings)  # type: ignore[arg-type]

    assert {name: getattr(taken, name) for name in settings} == settings


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"gold": {"USD": 0}}, r"^thresholds of money must be 1 minor unit or more$"),
        ({"gold": {"USD": 199_99}}, r"^gold must not be below silver$"),
        *(
            (settings, r"^margin must be within 0..1; expected, prior_orders and prior_days above 0$")
            for settings in (
                {"margin": -0.01}, {"margin": 1.01}, {"expected": 0.0}, {"prior_orders": 0.0}, {"prior_days": 0.0}
            )
        ),
    ],
)  # fmt: skip
def test_beyond_them_the_shop_is_told_what_is_allowed(settings: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        replace(USUAL, **settings)  # type: ignore[arg-type]


def test_the_usual_thresholds_are_round_amounts_in_minor_units_of_each_currency() -> None:
    assert {code: about(200)[code] for code in ("USD", "EUR", "JPY", "KRW")} == {
        "USD": 200_00, "EUR": 200_00, "JPY": 20_000, "KRW": 200_000
    }  # fmt: skip
    assert Thresholds().gold["USD"] == 500_00
