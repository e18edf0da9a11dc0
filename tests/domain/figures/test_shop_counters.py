"""What one customer adds to the shop's counters, month by month."""

from datetime import UTC, datetime

import pytest

from chalicelib.domain.facts.order import Order
from chalicelib.domain.figures.shop_counters import shop_counters
from chalicelib.domain.money import Money
from chalicelib.domain.standing.standing import Standing, standing_of
from tests.domain.figures.given import THRESHOLDS, order, standing


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


@pytest.mark.parametrize(
    ("first", "returned", "within_30_days"),
    [
        ("2026-01-01T16:00Z", "2026-01-31T16:00Z", True),  # 2 January and 1 February in Seoul
        ("2026-01-01T14:00Z", "2026-01-31T15:30Z", False),  # 1 January and 1 February in Seoul
    ],
)
def test_the_days_to_a_return_are_counted_in_the_shop_s_zone(first: str, returned: str, within_30_days: bool) -> None:
    orders = [
        Order(at, datetime.fromisoformat(at), Money(100, "USD"), datetime.fromisoformat(at)) for at in (first, returned)
    ]
    customer = standing_of(orders, THRESHOLDS, datetime(2026, 11, 22, tzinfo=UTC), "Asia/Seoul")

    assert (("2026-01", "second|30") in shop_counters(customer)) is within_30_days
