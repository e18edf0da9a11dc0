"""The statistics against their definitions: densities integrated, equations solved, instead of printed values."""

import math
from collections.abc import Callable
from statistics import NormalDist

import pytest

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

Z = NormalDist().inv_cdf(0.975)


def integral(density: Callable[[float], float], end: float, parts: int = 4000) -> float:
    """From 0 to ``end``, by Simpson's rule."""
    step = end / parts
    inner = math.fsum((4 if number % 2 else 2) * density(number * step) for number in range(1, parts))
    return step / 3 * (density(0.0) + inner + density(end))


@pytest.mark.parametrize("freedom", [1.0, 1.3, 2.5, 3.0, 10.0, 30.5, 400.0])
@pytest.mark.parametrize("probability", [0.51, 0.75, 0.975, 0.995])
def test_students_t_stays_below_its_quantile_with_that_probability(freedom: float, probability: float) -> None:
    front = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(freedom * math.pi)

    def density_of_angle(angle: float) -> float:  # t = tan(angle): a quantile far out is no longer far
        t = math.tan(angle)
        return front * math.pow(1 + t * t / freedom, -(freedom + 1) / 2) * (1 + t * t)

    below = 0.5 + integral(density_of_angle, math.atan(t_quantile(probability, freedom)))

    assert below == pytest.approx(probability, abs=2e-10)


@pytest.mark.parametrize("freedom", [1e4, 1e5, 1e6, 1e7])
@pytest.mark.parametrize("probability", [0.6, 0.975])
def test_students_t_of_much_freedom_has_the_quantiles_of_cornish_and_fisher(freedom: float, probability: float) -> None:
    z = NormalDist().inv_cdf(probability)
    expansion = z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)

    assert t_quantile(probability, freedom) == pytest.approx(expansion, abs=1e-9)


@pytest.mark.parametrize("freedom", [0.5, 1.0, 30.0, 1e6])
def test_half_of_all_t_are_below_0(freedom: float) -> None:
    assert t_quantile(0.5, freedom) == pytest.approx(0, abs=1e-9)


def test_a_quantile_of_t_may_lie_far_out_or_beyond_what_can_be_squared() -> None:
    far = 1 - 1e-7

    assert t_quantile(far, 1) == pytest.approx(1 / math.tan(math.pi * (1 - far)), rel=1e-6)
    assert t_quantile(0.9, 0.001) > 1e150


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 7, 10])
@pytest.mark.parametrize("chi_square", [0.01, 1.0, 6.5, 30.0])
def test_a_chi_square_is_that_large_as_often_as_its_density_says(freedom: int, chi_square: float) -> None:
    front = 2 / (2 ** (freedom / 2) * math.gamma(freedom / 2))

    def density_of_root(root: float) -> float:
        return front * root ** (freedom - 1) * math.exp(-root * root / 2)

    smaller = integral(density_of_root, math.sqrt(chi_square))

    assert chi_square_tail(chi_square, freedom) == pytest.approx(1 - smaller, abs=1e-12)


@pytest.mark.parametrize(("successes", "trials"), [(1, 2), (3, 10), (199, 200), (5000, 90000)])
def test_at_the_ends_of_wilson_s_interval_the_share_is_just_within_chance(successes: int, trials: int) -> None:
    interval = wilson(successes, trials)

    assert interval is not None
    for end in (interval.low, interval.high):
        assert (successes / trials - end) ** 2 == pytest.approx(Z * Z * end * (1 - end) / trials, rel=1e-9)
    assert interval.low < successes / trials < interval.high


def test_the_always_valid_interval_ends_where_the_mixture_s_likelihood_ratio_reaches_1_in_alpha() -> None:
    variance, tau, alpha = 0.3, 0.7, 0.02
    half = always_valid_half_width(variance, tau, alpha)
    wide = variance + tau**2

    ratio = math.sqrt(variance / wide) * math.exp(half**2 * tau**2 / (2 * variance * wide))

    assert ratio == pytest.approx(1 / alpha, rel=1e-12)


def test_the_variance_of_a_difference_of_shares_is_that_of_both_added_up() -> None:
    assert difference_variance(50, 100, 20, 400) == pytest.approx(0.25 / 100 + 0.05 * 0.95 / 400, rel=1e-12)


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.99])
def test_newcombe_s_interval_is_made_of_the_distances_to_wilson_s_ends(confidence: float) -> None:
    one, base = wilson(30, 40, confidence), wilson(12, 60, confidence)
    both = newcombe(30, 40, 12, 60, confidence)

    assert one is not None
    assert base is not None
    assert both is not None
    difference = 30 / 40 - 12 / 60
    assert (difference - both.low) ** 2 == pytest.approx((0.75 - one.low) ** 2 + (base.high - 0.2) ** 2, rel=1e-12)
    assert (both.high - difference) ** 2 == pytest.approx((one.high - 0.75) ** 2 + (0.2 - base.low) ** 2, rel=1e-12)


def test_no_interval_of_a_share_reaches_beyond_none_and_all() -> None:
    """Neither by rounding, at any number of trials."""
    ends = [(wilson(0, trials), wilson(trials, trials)) for trials in range(1, 500)]

    assert all(nobody and everybody and nobody.low >= 0 and everybody.high <= 1 for nobody, everybody in ends)


def test_a_margin_ends_at_the_ends_of_the_scale() -> None:
    best, worst = nps_with_margin(2, 0, 0, confidence=0.9999), nps_with_margin(0, 0, 2, confidence=0.9999)

    assert best is not None
    assert worst is not None
    assert (best.interval.high, worst.interval.low) == (100, -100)
    assert (best.score, worst.score) == (100, -100)


def test_the_adjusted_score_has_three_quarters_more_of_either_kind() -> None:
    found = nps_with_margin(6, 3, 1)

    assert found is not None
    share, variance = (6.75 - 1.75) / 13, ((6.75 + 1.75) / 13 - ((6.75 - 1.75) / 13) ** 2) / 13
    assert found.adjusted == pytest.approx(100 * share, rel=1e-12)
    assert found.interval.high - found.interval.low == pytest.approx(200 * Z * math.sqrt(variance), rel=1e-9)


def test_welch_s_interval_is_student_s_with_the_freedom_of_welch_and_satterthwaite() -> None:
    one, other = Sample(5, 20.0, 100.0), Sample(9, 18.0, 60.0)  # variances 5 and 3
    found = welch(one, other, confidence=0.9)

    assert found is not None
    spread, freedom = 5 / 5 + 3 / 9, (5 / 5 + 3 / 9) ** 2 / ((5 / 5) ** 2 / 4 + (3 / 9) ** 2 / 8)
    assert (found.low + found.high) / 2 == pytest.approx(4 - 2, rel=1e-12)
    assert (found.high - found.low) / 2 == pytest.approx(t_quantile(0.95, freedom) * math.sqrt(spread), rel=1e-12)


def test_welch_needs_two_members_in_each_arm_and_no_more() -> None:
    one, two = Sample(1, 2.0, 4.0), Sample(2, 4.0, 10.0)

    assert (welch(one, two), welch(two, one)) == (None, None)
    assert welch(two, two) is not None


def test_the_mismatch_of_three_arms_is_pearson_s() -> None:
    found = sample_ratio_mismatch({"a": 50, "b": 30, "c": 20}, {"a": 2.0, "b": 1.0, "c": 1.0})

    assert found is not None
    assert found.chi_square == pytest.approx(0 + 25 / 25 + 25 / 25, rel=1e-12)
    assert found.p_value == pytest.approx(math.exp(-1), rel=1e-12)  # two degrees of freedom


def test_no_chi_square_is_exceeded_more_often_than_always() -> None:
    """Not even by rounding, where next to all are larger."""
    assert all(
        chi_square_tail(freedom * share / 1000, freedom) <= 1 for freedom in range(1, 30) for share in range(400)
    )
