"""The formulas of the figures: each a value with its numerator and denominator, never a number where nothing counts.

Shares are 0..1 (NPS is −100..100); money is minor units of one currency. A figure shown to people is one of these.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from chalicelib.domain.figures.statistics import (
    Interval,
    Sample,
    always_valid_half_width,
    difference_variance,
    newcombe,
    nps_with_margin,
    welch,
    wilson,
)

SHARE, COUNT, NUMBER, SCORE = "share", "count", "number", "score"
COMPLAINT_ALARM_AT = 0.001
COMPLAINT_STOP_AT = 0.003


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure; ``value`` is ``None`` when the denominator is 0. ``low`` and ``high`` are its 95 % interval, if any.

    ``unit`` says how people read it: a share (0..1, shown as a percentage), a count, a number with decimals, a score,
    or an ISO 4217 code: then it is an amount in minor units of that currency.
    """

    value: float | None
    numerator: float
    denominator: float
    low: float | None = None
    high: float | None = None
    unit: str = field(default=SHARE, compare=False)

    def as_json(self) -> dict[str, float | None]:
        """``value``, ``numerator`` and ``denominator``, with ``low`` and ``high`` where there is an interval."""
        shown = {"value": self.value, "numerator": self.numerator, "denominator": self.denominator}
        return shown if self.low is None else {**shown, "low": self.low, "high": self.high}


def ratio(
    numerator: float, denominator: float, interval: Interval | None = None, scale: int = 1, unit: str = SHARE
) -> Figure:
    """``scale`` · numerator / denominator: the form of almost every KPI."""
    value = scale * numerator / denominator if denominator else None
    if interval is None:
        return Figure(value, numerator, denominator, unit=unit)
    return Figure(value, numerator, denominator, interval.low, interval.high, unit)


def count(number: int, unit: str = COUNT) -> Figure:
    """A plain count or sum: itself over one."""
    return Figure(number, number, 1, unit=unit)


def nps(scores: Mapping[int, int]) -> Figure:
    """Net promoter score of the answers by score 0..10: 100·(9s and 10s − 0s to 6s)/all, adjusted-Wald margin."""
    promoters = sum(number for score, number in scores.items() if score >= 9)
    detractors = sum(number for score, number in scores.items() if score <= 6)
    answers = sum(scores.values())
    estimate = nps_with_margin(promoters, answers - promoters - detractors, detractors)
    return ratio(promoters - detractors, answers, estimate.interval if estimate else None, scale=100, unit=SCORE)


def csat(scores: Mapping[int, int]) -> Figure:
    """Customer satisfaction: answers of 4 or 5 over all answers (1..5), Wilson's interval."""
    satisfied, answers = sum(number for score, number in scores.items() if score >= 4), sum(scores.values())
    return ratio(satisfied, answers, wilson(satisfied, answers))


def retention(ordered_in_both: int, ordered: int) -> Figure:
    """Customers who ordered in a month and in the next, over those who ordered in the first."""
    return ratio(ordered_in_both, ordered)


def churn(ordered_in_both: int, ordered: int) -> Figure:
    """1 − retention of the same two months: those who did not order in the next."""
    return ratio(ordered - ordered_in_both, ordered)


def repeat_purchase_rate(repeaters: int, customers: int) -> Figure:
    """Customers with two orders or more, over customers with one or more."""
    return ratio(repeaters, customers)


def aov(revenue: int, orders: int, currency: str) -> Figure:
    """Average order value: revenue net of refunds over orders, both in one currency."""
    return ratio(revenue, orders, unit=currency)


def frequency(orders: int, customers: int) -> Figure:
    """Orders over customers."""
    return ratio(orders, customers, unit=NUMBER)


def historic_clv(revenue: int, customers: int, currency: str) -> Figure:
    """Revenue so far over customers: average order value times frequency."""
    return ratio(revenue, customers, unit=currency)


def cohort_retention(ordered_again: int, cohort: int) -> Figure:
    """Customers of a month of first order who order in the k-th month after it, over all of them."""
    return ratio(ordered_again, cohort)


def referral_rate(referred: int, first_orders: int) -> Figure:
    """First orders that another customer brought, over all first orders."""
    return ratio(referred, first_orders)


def participation(members: int, customers: int) -> Figure:
    """Members of the loyalty programme (all, or the active ones) over customers."""
    return ratio(members, customers)


def incremental_conversions(converted: int, treated: int, base_converted: int, held_out: int) -> Figure:
    """The treated arm's conversion rate minus the holdout's, Newcombe's interval; intention to treat.

    The numerator is the conversions beyond what the holdout's rate would have given, the denominator the treated.
    """
    interval = newcombe(converted, treated, base_converted, held_out)
    if interval is None:
        return Figure(None, 0, 0)
    return ratio(converted - treated * base_converted / held_out, treated, interval)


def always_valid_conversions(converted: int, treated: int, base_converted: int, held_out: int, tau: float) -> Figure:
    """As ``incremental_conversions``, with an interval that holds however often one looks; ``tau`` is a share.

    Without an interval while no variance can be estimated: nobody, or everybody, converted in both arms.
    """
    figure = incremental_conversions(converted, treated, base_converted, held_out)
    if figure.value is None:
        return figure
    variance = difference_variance(converted, treated, base_converted, held_out)
    half = always_valid_half_width(variance, tau) if variance else None
    interval = Interval(figure.value - half, figure.value + half) if half else None
    return ratio(figure.numerator, figure.denominator, interval)


def incremental_revenue(treated: Sample, held_out: Sample) -> Figure:
    """Revenue beyond what the holdout's mean would have given, n_T·(mean_T − mean_C), zeros included; Welch interval.

    As a ratio it is (revenue_T·n_C − revenue_C·n_T) over n_C.
    """
    if not treated.count or not held_out.count:
        return Figure(None, 0, 0)
    interval, people = welch(treated, held_out), treated.count
    in_all = Interval(people * interval.low, people * interval.high) if interval else None
    return ratio(treated.total * held_out.count - held_out.total * people, held_out.count, in_all)


class ComplaintLevel(StrEnum):
    """What a complaint rate calls for: nothing below 0.1 %, an alarm from there, a stop from 0.3 % (Gmail, Yahoo)."""

    FINE = "fine"
    ALARM = "alarm"
    STOP = "stop"


def complaint_level(complaints: Figure) -> ComplaintLevel:
    """What this complaint rate calls for."""
    rate = complaints.value or 0.0
    if rate >= COMPLAINT_STOP_AT:
        return ComplaintLevel.STOP
    return ComplaintLevel.ALARM if rate >= COMPLAINT_ALARM_AT else ComplaintLevel.FINE
