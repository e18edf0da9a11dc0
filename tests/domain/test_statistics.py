"""Intervals and tests, against the worked examples of the KPI definitions, printed tables and textbook cases."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.figures.statistics import (
    Sample,
    always_valid_half_width,
    chi_square_tail,
    difference_variance,
    newcombe,
    nps_with_margin,
    sample_ratio_mismatch,
    t_quantile,
    welch,
    wilson,
)


def sample(amounts: list[float]) -> Sample:
    return Sample(len(amounts), math.fsum(amounts), math.fsum(amount * amount for amount in amounts))


def test_wilson_gives_the_worked_example_of_csat() -> None:
    interval = wilson(164, 200)

    assert interval
    assert (round(100 * interval.low, 1), round(100 * interval.high, 1)) == (76.1, 86.7)


def test_wilson_stays_within_0_and_1_where_nobody_or_everybody_did() -> None:
    nobody, everybody = wilson(0, 10), wilson(10, 10)

    # Closed forms: z²/(n+z²) for the far end, 0 and 1 for the near one.
    far = 1.959964**2 / (10 + 1.959964**2)
    assert nobody
    assert everybody
    assert (nobody.low, nobody.high) == pytest.approx((0, far), abs=1e-6)
    assert (everybody.low, everybody.high) == pytest.approx((1 - far, 1), abs=1e-6)


def test_a_higher_confidence_widens_the_interval() -> None:
    usual, wide = wilson(30, 100), wilson(30, 100, confidence=0.99)

    assert usual
    assert wide
    assert wide.low < usual.low < 0.3 < usual.high < wide.high


def test_the_net_promoter_score_has_the_margin_of_the_worked_example() -> None:
    estimate = nps_with_margin(120, 50, 30)

    assert estimate
    assert estimate.score == 45.0
    assert round(estimate.adjusted, 1) == 44.3
    assert (round(estimate.interval.low, 1), round(estimate.interval.high, 1)) == (34.1, 54.5)


def test_newcombe_gives_the_worked_example_of_incremental_conversions() -> None:
    interval = newcombe(315, 9_000, 25, 1_000)

    assert interval
    assert (round(100 * interval.low, 2), round(100 * interval.high, 2)) == (-0.22, 1.90)


def test_newcombe_gives_the_example_of_its_authors_paper() -> None:
    """Newcombe 1998, table II, contrast (a), 56/70 − 48/80, method 10: 0.0524 to 0.3339."""
    interval = newcombe(56, 70, 48, 80)

    assert interval
    assert (round(interval.low, 4), round(interval.high, 4)) == (0.0524, 0.3339)


def test_without_data_there_is_no_interval() -> None:
    assert wilson(0, 0) is None
    assert nps_with_margin(0, 0, 0) is None
    assert newcombe(1, 2, 0, 0) is None
    assert newcombe(0, 0, 1, 2) is None
    assert welch(sample([1.0]), sample([1.0, 2.0])) is None
    assert welch(sample([1.0, 2.0]), sample([])) is None
    assert sample_ratio_mismatch({"treated": 0}, {"treated": 9, "holdout": 1}) is None


@pytest.mark.parametrize(
    ("freedom", "probability", "printed"),
    [
        (1, 0.975, 12.706),
        (2, 0.975, 4.303),
        (5, 0.975, 2.571),
        (10, 0.975, 2.228),
        (30, 0.975, 2.042),
        (120, 0.975, 1.980),
        (10, 0.95, 1.812),
        (10, 0.995, 3.169),
        (3, 0.9995, 12.924),
        (1e9, 0.975, 1.960),
    ],
)
def test_students_t_has_the_quantiles_of_the_printed_tables(freedom: float, probability: float, printed: float) -> None:
    assert t_quantile(probability, freedom) == pytest.approx(printed, abs=6e-4)


@given(probability=st.floats(0.51, 0.999))
def test_students_t_has_its_closed_forms_for_one_and_two_degrees(probability: float) -> None:
    twice = 2 * probability - 1

    assert t_quantile(probability, 1) == pytest.approx(math.tan(math.pi * twice / 2), rel=1e-8)
    assert t_quantile(probability, 2) == pytest.approx(twice * math.sqrt(2 / (1 - twice**2)), rel=1e-8)


@pytest.mark.parametrize(
    ("freedom", "printed"), [(1, 3.841), (2, 5.991), (3, 7.815), (4, 9.488), (5, 11.070), (10, 18.307), (31, 44.985)]
)
def test_chi_square_has_five_percent_beyond_the_printed_values(freedom: int, printed: float) -> None:
    assert chi_square_tail(printed, freedom) == pytest.approx(0.05, abs=2e-5)


def test_a_chi_square_of_nothing_is_no_surprise() -> None:
    assert [chi_square_tail(0.0, freedom) for freedom in (1, 2, 3, 4)] == [1.0] * 4


def test_welch_gives_the_textbook_interval_of_unequal_variances() -> None:
    """Two samples small enough for the hand: means 5 and 2, variances 10 and 1, n 5 and 3.

    Squared errors 10/5 = 2 and 1/3; freedom (7/3)²/(2²/4 + (1/3)²/2) = 5.158; t lies between the tables' 2.571 (5)
    and 2.447 (6), so that half the width lies between 2.447 and 2.571 times √(7/3) = 1.5275.
    """
    interval = welch(sample([1.0, 3.0, 5.0, 7.0, 9.0]), sample([1.0, 2.0, 3.0]))

    assert interval
    assert (interval.low + interval.high) / 2 == pytest.approx(3.0)
    assert 2.447 * 1.5275 < (interval.high - interval.low) / 2 < 2.571 * 1.5275


def test_welch_of_equal_samples_has_the_freedom_of_both() -> None:
    """Equal sizes and variances: freedom 2(n − 1) = 10, of which the table says 2.228; standard error √(2·3.5/6)."""
    die = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]

    interval = welch(sample(die), sample(die))

    assert interval
    assert interval.high == pytest.approx(2.228 * math.sqrt(2 * 3.5 / 6), abs=1e-3)
    assert interval.low == -interval.high


def test_arms_that_never_vary_differ_by_exactly_their_difference() -> None:
    interval = welch(Sample(3, 30, 300), Sample(2, 8, 32))

    assert interval
    assert (interval.low, interval.high) == (6, 6)


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=30))
def test_the_variance_of_the_mean_is_that_of_the_deviations(amounts: list[int]) -> None:
    found = Sample(len(amounts), sum(amounts), sum(amount * amount for amount in amounts))

    mean = sum(amounts) / len(amounts)
    deviations = math.fsum((amount - mean) ** 2 for amount in amounts) / (len(amounts) - 1)
    assert found.mean == mean
    assert found.mean_variance == pytest.approx(deviations / len(amounts), rel=1e-9, abs=1e-6)


@pytest.mark.parametrize(
    ("sizes", "p_value", "flagged"),
    [((50_700, 49_300), "9.5e-06", True), ((5_120, 4_880), "1.6e-02", False)],
)
def test_arms_off_the_plan_are_flagged_as_in_the_worked_examples(
    sizes: tuple[int, int], p_value: str, flagged: bool
) -> None:
    mismatch = sample_ratio_mismatch({"treated": sizes[0], "holdout": sizes[1]}, {"treated": 0.5, "holdout": 0.5})

    assert mismatch
    assert f"{mismatch.p_value:.1e}" == p_value
    assert mismatch.is_flagged is flagged


def test_arms_exactly_on_an_uneven_plan_fit_it() -> None:
    mismatch = sample_ratio_mismatch({"treated": 900, "holdout": 100}, {"treated": 9, "holdout": 1})

    assert mismatch
    assert (mismatch.chi_square, mismatch.p_value) == (0.0, 1.0)


def test_an_arm_that_nobody_is_in_counts_against_the_plan() -> None:
    mismatch = sample_ratio_mismatch({"treated": 100}, {"treated": 1, "holdout": 1})

    assert mismatch
    assert mismatch.chi_square == 100  # (100 − 50)²/50 + (0 − 50)²/50


@pytest.mark.parametrize("plan", [{"treated": 1.0}, {"treated": 1.0, "other": 1.0}, {"treated": 1.0, "holdout": 0.0}])
def test_a_plan_that_does_not_fit_the_arms_is_refused(plan: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="positive share"):
        sample_ratio_mismatch({"treated": 1, "holdout": 1}, plan)


def test_the_always_valid_interval_is_that_of_the_worked_example() -> None:
    variance = difference_variance(600, 5_000, 500, 5_000)

    assert round(100 * always_valid_half_width(variance, tau=0.02), 2) == 1.90


@given(st.floats(1e-9, 1), st.floats(1e-3, 1))
def test_looking_often_costs_a_wider_interval_than_looking_once(variance: float, tau: float) -> None:
    assert always_valid_half_width(variance, tau) > 1.96 * math.sqrt(variance)
