"""The shop's figures: worked examples, and a recount from the orders themselves."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.facts.order import Order
from chalicelib.domain.figures.formulas import Figure, churn, ratio, retention
from chalicelib.domain.figures.shop import shop_figures
from tests.domain.figures.given import order, standing, summed


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
