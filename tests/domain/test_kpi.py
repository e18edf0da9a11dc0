"""The figures: worked examples, a recount from the orders themselves, and the CDNOW log where it is at hand."""

import os
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.facts.order import Order
from chalicelib.domain.figures.formulas import (
    ComplaintLevel,
    Figure,
    always_valid_conversions,
    churn,
    complaint_level,
    count,
    csat,
    incremental_conversions,
    incremental_revenue,
    nps,
    participation,
    ratio,
    referral_rate,
    retention,
)
from chalicelib.domain.figures.funnel import funnel
from chalicelib.domain.figures.shop import shop_figures
from chalicelib.domain.figures.shop_counters import shop_counters
from chalicelib.domain.figures.statistics import Sample, welch
from chalicelib.domain.money import Money, parse_money
from chalicelib.domain.standing.standing import Standing, standing_of
from chalicelib.domain.standing.thresholds import Thresholds

CDNOW = os.environ.get("REKINDLE_CDNOW")
THRESHOLDS = Thresholds()
Months = dict[str, Counter[str]]


def order(placed_on: str, amount: int = 10_00, currency: str = "USD", hour: int = 12, referred: bool = False) -> Order:
    at = datetime.fromisoformat(placed_on).replace(hour=hour, tzinfo=UTC)
    return Order(f"{placed_on}.{hour}", at, Money(amount, currency), at, referred=referred)


def standing(*orders: Order) -> Standing:
    return standing_of(orders, THRESHOLDS, datetime(2026, 11, 22, tzinfo=UTC))


def summed(customers: Iterable[Standing]) -> Months:
    months: Months = defaultdict(Counter)
    for customer in customers:
        for (month, counter), number in shop_counters(customer).items():
            months[month][counter] += number
    return months


# --- single figures --------------------------------------------------------------------------------------------------


def test_nothing_over_nothing_is_no_number() -> None:
    assert ratio(0, 0) == Figure(None, 0, 0)
    assert nps({}).value is None
    assert csat({}).value is None
    assert incremental_conversions(0, 10, 0, 0).value is None
    assert incremental_revenue(Sample(10, 5, 25), Sample(0, 0, 0)).value is None


def test_a_figure_shows_its_parts_and_its_interval_only_if_it_has_one() -> None:
    assert ratio(1, 4).as_json() == {"value": 0.25, "numerator": 1, "denominator": 4}
    assert count(7).as_json() == {"value": 7, "numerator": 7, "denominator": 1}
    assert set(nps({10: 1}).as_json()) == {"value", "numerator", "denominator", "low", "high"}


def test_the_net_promoter_score_counts_answers_by_score() -> None:
    figure = nps({10: 100, 9: 20, 8: 30, 7: 20, 6: 10, 3: 15, 0: 5})

    assert (figure.value, figure.numerator, figure.denominator) == (45.0, 90, 200)
    assert figure.low is not None
    assert figure.high is not None
    assert (round(figure.low, 1), round(figure.high, 1)) == (34.1, 54.5)


def test_satisfaction_is_the_share_of_fours_and_fives() -> None:
    figure = csat({5: 100, 4: 64, 3: 20, 2: 10, 1: 6})

    assert figure.value == 0.82
    assert figure.low is not None
    assert figure.high is not None
    assert (round(100 * figure.low, 1), round(100 * figure.high, 1)) == (76.1, 86.7)


def test_churn_is_what_retention_leaves() -> None:
    assert (retention(30, 40).value, churn(30, 40).value) == (0.75, 0.25)
    assert churn(30, 40).denominator == 40


def test_referral_and_participation_are_shares() -> None:
    assert referral_rate(40, 500).value == 0.08
    assert participation(3, 4).value == 0.75


def test_incremental_conversions_give_the_worked_example() -> None:
    figure = incremental_conversions(315, 9_000, 25, 1_000)

    assert figure.value == pytest.approx(0.01)
    assert figure.numerator == pytest.approx(90)
    assert figure.denominator == 9_000
    assert figure.low is not None
    assert figure.high is not None
    assert (round(100 * figure.low, 2), round(100 * figure.high, 2)) == (-0.22, 1.90)


def test_an_interval_that_is_always_valid_gives_the_worked_example() -> None:
    figure = always_valid_conversions(600, 5_000, 500, 5_000, tau=0.02)

    assert figure.value == pytest.approx(0.02)
    assert figure.low is not None
    assert figure.high is not None
    assert (round(100 * figure.low, 2), round(100 * figure.high, 2)) == (0.10, 3.90)


def test_without_a_conversion_nothing_is_always_valid() -> None:
    figure = always_valid_conversions(0, 10, 0, 10, tau=0.02)

    assert (figure.value, figure.low, figure.high) == (0, None, None)


def test_incremental_revenue_gives_the_worked_example() -> None:
    treated, held_out = Sample(9_000, 9_000 * 210, 9_000 * 210 * 4_000), Sample(1_000, 1_000 * 150, 1_000 * 150 * 4_000)

    figure = incremental_revenue(treated, held_out)

    per_head = welch(treated, held_out)
    assert figure.value == 5_400_00
    assert figure.denominator == 1_000
    assert per_head
    assert (figure.low, figure.high) == (9_000 * per_head.low, 9_000 * per_head.high)


@pytest.mark.parametrize(
    ("complaints", "sent", "level"),
    [
        (0, 0, ComplaintLevel.FINE),
        (49, 50_000, ComplaintLevel.FINE),
        (50, 50_000, ComplaintLevel.ALARM),
        (75, 50_000, ComplaintLevel.ALARM),  # 0.15 %
        (149, 50_000, ComplaintLevel.ALARM),
        (150, 50_000, ComplaintLevel.STOP),
    ],
)
def test_complaints_alarm_at_a_thousandth_and_stop_at_three(complaints: int, sent: int, level: ComplaintLevel) -> None:
    figure = funnel({"complained": complaints, "sent": sent})["complaint_rate"]

    assert complaint_level(figure) == level


def test_a_journeys_rates_stand_over_what_was_sent_or_delivered() -> None:
    counts = {"sent": 100, "delivered": 80, "bounced": 20, "opened": 40, "clicked": 10, "unsubscribed": 4}
    counts |= {"reached": 60, "converted": 18, "answered": 6}

    values = {name: figure.value for name, figure in funnel(counts).items()}

    assert values == {
        "delivery_rate": 0.8, "bounce_rate": 0.2, "complaint_rate": 0.0, "open_rate": 0.5, "click_rate": 0.125,
        "click_to_open_rate": 0.25, "unsubscribe_rate": 0.05, "conversion_rate": 0.3, "answer_rate": 0.1,
    }  # fmt: skip


def test_a_journey_that_sent_nothing_has_no_rates() -> None:
    assert {figure.value for figure in funnel({"enrolled": 5}).values()} == {None}


# --- one customer's counters -----------------------------------------------------------------------------------------


def test_a_customer_adds_each_order_to_its_month_and_the_rest_to_the_first() -> None:
    customer = standing(
        order("2026-01-10", 30_00, referred=True), order("2026-02-14", 20_00), order("2026-04-01", 9_000, "KRW")
    )

    assert shop_counters(customer) == {
        ("2026-01", "customers"): 1, ("2026-01", "repeat"): 1, ("2026-01", "referred"): 1,
        ("2026-01", "orders"): 1, ("2026-01", "orders|USD"): 1, ("2026-01", "revenue|USD"): 30_00,
        ("2026-01", "active"): 1, ("2026-01", "retained"): 1,
        ("2026-01", "cohort|0"): 1, ("2026-01", "cohort|1"): 1, ("2026-01", "cohort|3"): 1,
        ("2026-01", "second|60"): 1, ("2026-01", "second|90"): 1,  # 35 days later
        ("2026-02", "orders"): 1, ("2026-02", "orders|USD"): 1, ("2026-02", "revenue|USD"): 20_00,
        ("2026-02", "active"): 1,
        ("2026-04", "orders"): 1, ("2026-04", "orders|KRW"): 1, ("2026-04", "revenue|KRW"): 9_000,
        ("2026-04", "active"): 1,
    }  # fmt: skip


def test_december_is_followed_by_january() -> None:
    counters = shop_counters(standing(order("2025-12-31"), order("2026-01-01")))

    assert counters["2025-12", "retained"] == 1
    assert counters["2025-12", "cohort|1"] == 1


def test_a_second_order_on_the_same_day_is_a_repeat_but_no_return() -> None:
    same_day = shop_counters(standing(order("2026-01-10", hour=8), order("2026-01-10", hour=20)))

    assert same_day["2026-01", "repeat"] == 1
    assert not [counter for _, counter in same_day if counter.startswith("second")]


@pytest.mark.parametrize(
    ("returned", "counted"),
    [("2026-01-31", {30, 60, 90}), ("2026-02-01", {60, 90}), ("2026-03-02", {60, 90}), ("2026-04-02", set())],
)
def test_a_return_counts_within_so_many_days_of_the_first_date(returned: str, counted: set[int]) -> None:
    """From 1 January, 23:00, to shortly after midnight of a date: 30, 31, 60 and 91 dates later."""
    customer = standing(order("2026-01-01", hour=23), order("2026-01-01", hour=5), order(returned, hour=0))

    days = {int(name.removeprefix("second|")) for _, name in shop_counters(customer) if name.startswith("second|")}

    assert days == counted


def test_nobody_adds_nothing() -> None:
    assert shop_counters(Standing()) == {}


# --- the shop --------------------------------------------------------------------------------------------------------


def test_a_shop_without_orders_has_counts_of_zero_and_no_ratios() -> None:
    figures = shop_figures({}, {})

    assert (figures["orders"].value, figures["customers"].value) == (0, 0)
    assert figures["repeat_purchase_rate"].value is None
    assert figures["repeat_within_90_days"].value is None
    assert figures["nps"].value is None


def test_money_is_told_by_currency_and_value_over_that_currencys_orders() -> None:
    american = standing(order("2026-01-10", 30_00), order("2026-01-11", 20_00))
    korean = standing(order("2026-01-10", 5_000, "KRW"))

    figures = shop_figures(summed([american, korean]), {})

    assert figures["revenue_usd"].value == 50_00
    assert figures["aov_usd"] == Figure(25_00, 50_00, 2)
    assert figures["aov_krw"] == Figure(5_000, 5_000, 1)
    assert figures["historic_clv_usd"] == Figure(25_00, 50_00, 2)  # of both customers
    assert figures["frequency"] == Figure(1.5, 3, 2)


def test_a_month_in_which_nobody_ordered_has_no_retention() -> None:
    figures = shop_figures(summed([standing(order("2026-01-10"), order("2026-03-10"))]), {})

    assert figures["retention_2026_01"] == Figure(0.0, 0, 1)
    assert figures["churn_2026_01"] == Figure(1.0, 1, 1)
    assert figures["retention_2026_02"] == Figure(None, 0, 0)
    assert "retention_2026_03" not in figures
    assert figures["cohort_2026_01_month_1"].value == 0.0
    assert figures["cohort_2026_01_month_2"].value == 1.0


def test_a_month_that_is_not_over_retains_nobody_yet() -> None:
    months = summed([standing(order("2026-01-10"), order("2026-02-10"), order("2026-03-01"))])

    figures = shop_figures(months, {}, complete_through="2026-02")

    assert {name for name in figures if name.startswith(("retention", "cohort"))} == {
        "retention_2026_01",
        "cohort_2026_01_month_1",
    }
    assert figures["orders"].value == 3


def test_customers_too_new_to_have_returned_in_time_are_left_out() -> None:
    january = [standing(order("2026-01-10"), order("2026-02-01")), standing(order("2026-01-31"))]
    march = standing(order("2026-03-02"))

    figures = shop_figures(summed([*january, march]), {}, complete_through="2026-04")

    assert figures["repeat_within_30_days"] == Figure(1 / 3, 1, 3)  # 31 March and 30 days: 30 April
    assert figures["repeat_within_60_days"] == Figure(0.5, 1, 2)
    assert figures["repeat_within_90_days"] == Figure(None, 0, 0)  # 31 January and 90 days: 1 May
    assert figures["repeat_purchase_rate"] == Figure(1 / 3, 1, 3)


histories = st.lists(
    st.lists(
        st.builds(
            lambda day, hour, amount: order((date(2025, 11, 1) + timedelta(days=day)).isoformat(), amount, hour=hour),
            st.integers(0, 200),
            st.integers(0, 23),
            st.integers(0, 100_00),
        ),
        min_size=1,
        max_size=6,
        unique_by=lambda made: made.id,
    ),
    min_size=1,
    max_size=12,
)


@given(histories)
def test_the_counters_of_all_customers_tell_what_a_recount_of_the_orders_tells(customers: list[list[Order]]) -> None:
    figures = shop_figures(summed(standing(*orders) for orders in customers), {})

    everything = [made for orders in customers for made in orders]
    months_of = [{f"{made.placed_at:%Y-%m}" for made in orders} for orders in customers]
    assert figures["orders"].value == len(everything)
    assert figures["customers"].value == len(customers)
    assert figures["revenue_usd"].value == sum(made.total.amount for made in everything)
    assert figures["repeat_purchase_rate"].numerator == sum(len(orders) > 1 for orders in customers)
    span = _calendar(set().union(*months_of))
    assert len([name for name in figures if name.startswith("retention")]) == len(span) - 1
    for this, after in pairwise(span):
        active = [months for months in months_of if this in months]
        kept = sum(after in months for months in active)
        assert figures[f"retention_{this.replace('-', '_')}"] == retention(kept, len(active))
        assert figures[f"churn_{this.replace('-', '_')}"] == churn(kept, len(active))


def _calendar(seen: set[str]) -> list[str]:
    every_month = [f"{year}-{month:02}" for year in (2025, 2026) for month in range(1, 13)]
    return [month for month in every_month if min(seen) <= month <= max(seen)]


@given(histories)
def test_cohorts_are_the_customers_of_one_first_month(customers: list[list[Order]]) -> None:
    figures = shop_figures(summed(standing(*orders) for orders in customers), {})

    months_of = [{made.placed_at.year * 12 + made.placed_at.month - 1 for made in orders} for orders in customers]
    last = max(max(months) for months in months_of)
    for first in {min(months) for months in months_of}:
        cohort = [months for months in months_of if min(months) == first]
        for k in range(1, last - first + 1):
            figure = figures[f"cohort_{first // 12}_{first % 12 + 1:02}_month_{k}"]
            assert figure == ratio(sum(first + k in months for months in cohort), len(cohort))


# --- acceptance on real data -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cdnow() -> dict[str, Figure]:
    """The figures of the CDNOW log, through standings and counters."""
    if not CDNOW:
        pytest.skip("REKINDLE_CDNOW does not name CDNOW_master.txt of the PyPI wheel lifetimes 0.11.3")
    orders: dict[str, list[Order]] = defaultdict(list)
    for number, row in enumerate(Path(CDNOW).read_text().splitlines()[1:]):
        customer, day, _, dollars = row.split()
        at = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC)
        orders[customer].append(Order(f"{number:06}", at, parse_money(dollars, "USD"), at))
    end = datetime(1998, 7, 1, tzinfo=UTC)
    return shop_figures(summed(standing_of(made, THRESHOLDS, end) for made in orders.values()), {})


def test_cdnow_has_its_orders_customers_and_revenue(cdnow: dict[str, Figure]) -> None:
    assert cdnow["orders"].value == 69_659
    assert cdnow["customers"].value == 23_570
    assert cdnow["revenue_usd"].value == Decimal("2500315.63") * 100


def test_cdnow_has_its_order_value_frequency_and_lifetime_value(cdnow: dict[str, Figure]) -> None:
    aov, frequency, clv = (cdnow[name].value for name in ("aov_usd", "frequency", "historic_clv_usd"))

    assert aov is not None
    assert frequency is not None
    assert clv is not None
    assert (round(aov / 100, 4), round(frequency, 4), round(clv / 100, 4)) == (35.8936, 2.9554, 106.0804)
    assert clv == pytest.approx(aov * frequency)


def test_cdnow_has_its_repeat_purchase_rate(cdnow: dict[str, Figure]) -> None:
    figure = cdnow["repeat_purchase_rate"]

    assert (figure.numerator, figure.denominator) == (11_662, 23_570)
    assert figure.value == pytest.approx(0.49478, abs=5e-6)


@pytest.mark.parametrize(("days", "percent"), [(30, 17.46), (60, 25.15), (90, 29.22)])
def test_cdnow_has_its_second_orders_in_time(cdnow: dict[str, Figure], days: int, percent: float) -> None:
    figure = cdnow[f"repeat_within_{days}_days"]

    assert figure.denominator == 23_570
    assert figure.value is not None
    assert round(100 * figure.value, 2) == percent


@pytest.mark.parametrize(("month", "again", "cohort"), [("1997_01", 1_157, 7_846), ("1997_02", 1_312, 8_476)])
def test_cdnow_has_its_cohorts(cdnow: dict[str, Figure], month: str, again: int, cohort: int) -> None:
    figure = cdnow[f"cohort_{month}_month_1"]

    assert (figure.numerator, figure.denominator) == (again, cohort)
