"""How people read each figure: as a share, a count, a number, a score or an amount of a currency."""

from dataclasses import replace

import pytest

from chalicelib.domain.figures.formulas import (
    COUNT,
    NUMBER,
    SCORE,
    SHARE,
    Figure,
    always_valid_conversions,
    count,
    csat,
    incremental_conversions,
    incremental_revenue,
    nps,
    ratio,
)
from chalicelib.domain.figures.funnel import funnel
from chalicelib.domain.figures.shop import shop_figures
from chalicelib.domain.figures.statistics import Interval, Sample
from tests.domain.figures.given import order, standing, summed


def test_each_figure_of_the_shop_has_its_unit() -> None:
    bought = [standing(order("2026-01-10"), order("2026-02-10")), standing(order("2026-01-10", currency="KRW"))]

    units = {name: figure.unit for name, figure in shop_figures(summed(bought), {9: 1}).items()}

    assert units == {
        "orders": COUNT, "customers": COUNT, "frequency": NUMBER, "nps": SCORE,
        "repeat_purchase_rate": SHARE, "referral_rate": SHARE,
        "repeat_within_30_days": SHARE, "repeat_within_60_days": SHARE, "repeat_within_90_days": SHARE,
        "revenue_usd": "USD", "aov_usd": "USD", "historic_clv_usd": "USD",
        "revenue_krw": "KRW", "aov_krw": "KRW", "historic_clv_krw": "KRW",
        "retention_2026_01": SHARE, "churn_2026_01": SHARE, "cohort_2026_01_month_1": SHARE,
    }  # fmt: skip


def test_rates_and_differences_of_rates_are_shares() -> None:
    shares = [
        csat({5: 1}), incremental_conversions(1, 2, 1, 2), always_valid_conversions(1, 2, 1, 2, tau=0.1),
        *funnel({"sent": 1}).values(),
    ]  # fmt: skip

    assert {figure.unit for figure in shares} == {SHARE}


def test_the_units_are_words_for_those_who_read_the_figures() -> None:
    assert (SHARE, COUNT, NUMBER, SCORE) == ("share", "count", "number", "score")


def test_an_interval_changes_neither_the_parts_nor_the_unit() -> None:
    figure = ratio(3, 4, Interval(0.5, 0.9), scale=100, unit=SCORE)

    assert (figure.value, figure.numerator, figure.denominator) == (75.0, 3, 4)
    assert (figure.low, figure.high, figure.unit) == (0.5, 0.9, SCORE)
    assert figure.as_json() == {"value": 75.0, "numerator": 3, "denominator": 4, "low": 0.5, "high": 0.9}


def test_a_sum_is_itself_over_one() -> None:
    assert count(7, "USD") == Figure(7, 7, 1)
    assert count(7, "USD").unit == "USD"


@pytest.mark.parametrize(("score", "counts_as"), [(0, -1), (6, -1), (7, 0), (8, 0), (9, 1), (10, 1)])
def test_a_score_is_of_a_promoter_from_9_and_of_a_detractor_up_to_6(score: int, counts_as: int) -> None:
    assert (nps({score: 2}).numerator, nps({score: 2}).denominator) == (2 * counts_as, 2)


@pytest.mark.parametrize(("score", "is_satisfied"), [(3, False), (4, True), (5, True)])
def test_who_answers_4_or_5_is_satisfied(score: int, is_satisfied: bool) -> None:
    assert csat({score: 2}).numerator == 2 * is_satisfied


def test_without_anyone_in_an_arm_there_are_no_parts_either() -> None:
    nothing = Figure(None, 0, 0)

    assert incremental_conversions(1, 10, 0, 0) == incremental_conversions(0, 0, 1, 10) == nothing
    assert always_valid_conversions(1, 10, 0, 0, tau=0.1) == nothing
    assert incremental_revenue(Sample(0, 0, 0), Sample(10, 5, 25)) == nothing
    assert incremental_revenue(Sample(10, 5, 25), Sample(0, 0, 0)) == nothing


def test_revenue_beyond_the_holdout_s_is_over_the_held_out() -> None:
    figure = incremental_revenue(Sample(3, 60.0, 1400.0), Sample(2, 10.0, 60.0))

    assert (figure.value, figure.numerator, figure.denominator) == (60 - 3 * 5, 60 * 2 - 10 * 3, 2)
    assert figure.low is not None
    assert figure.high is not None
    assert (figure.low + figure.high) / 2 == pytest.approx(45)


def test_revenue_of_one_held_out_has_no_interval() -> None:
    figure = incremental_revenue(Sample(3, 60.0, 1400.0), Sample(1, 10.0, 100.0))

    assert (figure.value, figure.low, figure.high) == (60 - 3 * 10, None, None)


def test_an_always_valid_interval_lies_evenly_around_the_difference() -> None:
    figure = always_valid_conversions(30, 100, 10, 80, tau=0.05)
    plain = incremental_conversions(30, 100, 10, 80)

    assert (figure.value, figure.numerator, figure.denominator) == (plain.value, plain.numerator, plain.denominator)
    assert figure.value is not None
    assert figure.low is not None
    assert figure.high is not None
    assert figure.value - figure.low == pytest.approx(figure.high - figure.value)
    assert figure.low < figure.value


def test_a_month_whose_counters_are_all_0_again_is_none_of_the_shop_s() -> None:
    months = summed([standing(order("2026-01-10"))])
    months["2025-11"]["orders"] = months["2026-03"]["orders"] = 0

    figures = shop_figures(months, {})

    assert [name for name in figures if name.startswith(("retention", "cohort"))] == []


def test_currencies_come_in_the_order_of_their_codes() -> None:
    bought = [standing(order("2026-01-10", currency=code)) for code in ("USD", "EUR", "KRW")]

    figures = shop_figures(summed(bought), {})

    assert [name for name in figures if name.startswith("aov")] == ["aov_eur", "aov_krw", "aov_usd"]


# What is counted of what


def test_the_referral_rate_is_of_first_orders_that_another_customer_brought() -> None:
    brought, came = standing(order("2026-01-10", referred=True)), standing(order("2026-01-10"))

    assert shop_figures(summed([brought, came, came]), {})["referral_rate"] == Figure(1 / 3, 1, 3)


def test_an_order_that_was_wholly_refunded_is_an_order_of_nothing() -> None:
    refunded = standing(replace(order("2026-01-10", 10_00), refunded=10_00))

    figures = shop_figures(summed([refunded]), {})

    assert (figures["revenue_usd"], figures["aov_usd"]) == (Figure(0, 0, 1), Figure(0.0, 0, 1))


def test_as_long_as_no_customer_is_counted_there_is_no_value_of_one() -> None:
    assert shop_figures({"2026-01": {"orders|USD": 1, "revenue|USD": 500}}, {})["historic_clv_usd"] == Figure(
        None, 500, 0
    )


def test_a_month_in_which_nobody_came_first_is_no_cohort() -> None:
    figures = shop_figures(summed([standing(order("2026-01-10"), order("2026-02-10"), order("2026-03-10"))]), {})

    assert [name for name in figures if name.startswith("cohort")] == [
        "cohort_2026_01_month_1",
        "cohort_2026_01_month_2",
    ]


def test_a_rate_of_nothing_has_its_parts_all_the_same() -> None:
    assert funnel({"complained": 2})["complaint_rate"] == Figure(None, 2, 0)
