"""The uncertainty of a figure: intervals and tests, each with the source of its formula. Shares are 0..1.

Intervals are 95 % unless ``confidence`` is given. ``None``: the data are not enough.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import NormalDist

CONFIDENCE = 0.95
MISMATCH_BELOW = 0.001


@dataclass(frozen=True, slots=True)
class Interval:
    """Both ends of a confidence interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class NpsEstimate:
    """A net promoter score (−100..100), the adjusted one its margin is drawn around, and the margin's ends."""

    score: float
    adjusted: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Sample:
    """What is known of one arm's amounts: how many, their sum, and the sum of their squares; zeros are included."""

    count: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        """The arithmetic mean."""
        return self.total / self.count

    @property
    def mean_variance(self) -> float:
        """The variance of the mean, from the unbiased variance of the sample; exact for whole amounts."""
        spread = self.count * self.squares - self.total * self.total
        return max(0.0, spread / (self.count * (self.count - 1)) / self.count)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Whether the arms' sizes fit the plan: χ², its p-value, and whether that is too small to be chance."""

    chi_square: float
    p_value: float

    @property
    def is_flagged(self) -> bool:
        """Whether the experiment's figures must not be trusted (p < .001)."""
        return self.p_value < MISMATCH_BELOW


def wilson(successes: int, trials: int, confidence: float = CONFIDENCE) -> Interval | None:
    """Wilson's score interval of a share (Wilson, JASA 1927); ``None`` without trials."""
    if not trials:
        return None
    z = _normal_quantile(confidence)
    share, spread = successes / trials, z * z / trials
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / trials + spread / (4 * trials))
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def nps_with_margin(
    promoters: int, passives: int, detractors: int, confidence: float = CONFIDENCE
) -> NpsEstimate | None:
    """The net promoter score with its adjusted-Wald margin: n + 3, with ¾ added to promoters and to detractors.

    Source: Sauro and Lewis, "Quantifying the User Experience" (MeasuringU). ``None`` without answers.
    """
    answers = promoters + passives + detractors
    if not answers:
        return None
    more, fewer, all_answers = promoters + 0.75, detractors + 0.75, answers + 3
    net = (more - fewer) / all_answers
    deviation = math.sqrt(((more + fewer) / all_answers - net * net) / all_answers)
    half = _normal_quantile(confidence) * deviation
    interval = Interval(100 * max(-1.0, net - half), 100 * min(1.0, net + half))
    return NpsEstimate(100 * (promoters - detractors) / answers, 100 * net, interval)


def newcombe(
    successes: int, trials: int, base_successes: int, base_trials: int, confidence: float = CONFIDENCE
) -> Interval | None:
    """Interval of a share minus a base share: Newcombe's hybrid score, method 10 (Statistics in Medicine 17, 1998)."""
    one, base = wilson(successes, trials, confidence), wilson(base_successes, base_trials, confidence)
    if one is None or base is None:
        return None
    share, base_share = successes / trials, base_successes / base_trials
    return Interval(
        share - base_share - math.hypot(share - one.low, base.high - base_share),
        share - base_share + math.hypot(one.high - share, base_share - base.low),
    )


def welch(sample: Sample, base: Sample, confidence: float = CONFIDENCE) -> Interval | None:
    """Interval of a mean minus a base mean, variances unequal (Welch, Biometrika 1947; Student's t quantile).

    ``None`` when an arm has fewer than two members: its variance is unknown.
    """
    if sample.count < 2 or base.count < 2:
        return None
    one, other, difference = sample.mean_variance, base.mean_variance, sample.mean - base.mean
    if not one + other:
        return Interval(difference, difference)
    freedom = (one + other) ** 2 / (one**2 / (sample.count - 1) + other**2 / (base.count - 1))
    half = t_quantile((1 + confidence) / 2, freedom) * math.sqrt(one + other)
    return Interval(difference - half, difference + half)


def sample_ratio_mismatch(sizes: Mapping[str, int], plan: Mapping[str, float]) -> Mismatch | None:
    """Pearson's χ² of the arms' sizes against the planned shares (any scale); ``None`` while nobody is in an arm.

    Raises ``ValueError`` when the plan has fewer than two arms, lacks an arm that has members, or plans none for one.
    """
    if len(plan) < 2 or set(sizes) - set(plan) or min(plan.values()) <= 0:
        raise ValueError(f"expected a positive share for each of two arms or more, got {dict(plan)!r}")
    total, shares = sum(sizes.values()), sum(plan.values())
    if not total:
        return None
    expected = {arm: total * share / shares for arm, share in plan.items()}
    chi_square = math.fsum((sizes.get(arm, 0) - count) ** 2 / count for arm, count in expected.items())
    return Mismatch(chi_square, chi_square_tail(chi_square, len(plan) - 1))


def always_valid_half_width(variance: float, tau: float, alpha: float = 1 - CONFIDENCE) -> float:
    """Half the width of an interval that stays valid however often one looks: the mixture SPRT.

    ``variance`` (V) is that of the estimated difference, ``tau`` (τ) the size of effect expected, in the same unit:
    √(V(V+τ²)/τ² · (2 ln(1/α) + ln((V+τ²)/V))), from Johari, Koomen, Pekelis and Walsh, "Always Valid Inference"
    (Operations Research 70, 2022). Both must be positive.
    """
    wide = variance + tau * tau
    return math.sqrt(variance * wide / (tau * tau) * (2 * math.log(1 / alpha) + math.log(wide / variance)))


def difference_variance(successes: int, trials: int, base_successes: int, base_trials: int) -> float:
    """The estimated variance of the difference of two independent shares, p(1−p)/n of each added up."""
    share, base = successes / trials, base_successes / base_trials
    return share * (1 - share) / trials + base * (1 - base) / base_trials


def chi_square_tail(chi_square: float, freedom: int) -> float:
    """The chance of a χ² this large or larger, Q(freedom/2, χ²/2), by the recurrence of DLMF 8.8.6."""
    half = chi_square / 2
    order, tail = (0.5, math.erfc(math.sqrt(half))) if freedom % 2 else (1.0, math.exp(-half))
    while half and order < freedom / 2:
        tail += math.exp(order * math.log(half) - half - math.lgamma(order + 1))
        order += 1
    return min(1.0, tail)


def t_quantile(probability: float, freedom: float) -> float:
    """The value Student's t stays below with ``probability`` (0.5 to below 1), for any ``freedom`` > 0.

    To 1e-9 up to a freedom of ten million; above it rounding costs more, 1e-5 at ten billion. None is above 1e154.
    Bisects the distribution function, 1 − I(ν/(ν+t²); ν/2, ½)/2 (DLMF 8.17; Abramowitz and Stegun 26.7.1).
    """

    def is_below(t: float) -> bool:
        return 1 - _beta_share(freedom / (freedom + t * t), freedom / 2, 0.5) / 2 < probability

    high = 1.0
    while is_below(high):
        high *= 2
    return _bisect(is_below, 0.0, high)


def _bisect(is_below: Callable[[float], bool], low: float, high: float) -> float:
    while high - low > 1e-10 * (1 + high):
        middle = (low + high) / 2
        low, high = (middle, high) if is_below(middle) else (low, middle)
    return (low + high) / 2


def _beta_share(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I(x; a, b), by its continued fraction where that converges fast."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta_share(1 - x, b, a)
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(front) / a / _beta_fraction(x, a, b)


def _beta_fraction(x: float, a: float, b: float, tiny: float = 1e-300) -> float:
    """1 + d₁/(1 + d₂/(1 + …)) of DLMF 8.17.22, by the modified Lentz method (Thompson and Barnett, 1986)."""
    value = upper = 1.0
    lower = 0.0
    for step in range(1, 500):
        m = step // 2
        if step % 2:
            d = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            d = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        upper = 1 + d / upper or tiny
        lower = 1 / (1 + d * lower or tiny)
        value *= upper * lower
        if abs(upper * lower - 1) < 1e-15:
            break
    return value


def _normal_quantile(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)
