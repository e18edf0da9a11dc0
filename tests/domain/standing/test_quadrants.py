"""The quadrant is the profit against the orders that are expected of a customer."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.standing.standing import Quadrant, expected_orders
from chalicelib.domain.standing.thresholds import Thresholds
from tests.domain.standing.given import USUAL, order, standing


@pytest.mark.parametrize(
    ("days_ago", "amount", "quadrant"),
    [
        ((150, 120, 90, 60, 30, 1), 50_00, Quadrant.TRUE_FRIEND),  # every month, profit 90
        ((150, 120, 90, 60, 30, 1), 10_00, Quadrant.BARNACLE),  # every month, profit 18
        ((400,), 300_00, Quadrant.BUTTERFLY),  # once, long ago, profit 90
        ((400,), 30_00, Quadrant.STRANGER),
        ((800, 770, 740, 710, 680, 650), 50_00, Quadrant.BUTTERFLY),  # used to come every month: tenure is no future
    ],
)
def test_the_quadrant_is_profit_against_expected_purchasing(
    days_ago: tuple[int, ...], amount: int, quadrant: Quadrant
) -> None:
    assert standing(*(order(days, amount) for days in days_ago)).quadrant == quadrant


def test_profit_is_high_exactly_at_its_threshold() -> None:
    assert standing(order(400, 200_00)).quadrant == Quadrant.BUTTERFLY  # 30 % of it are the 60 asked for
    assert standing(order(400, 199_99)).quadrant == Quadrant.STRANGER


def test_a_new_customer_is_expected_to_order_as_the_prior_says() -> None:
    expected = expected_orders(1, timedelta(0), None, 0, Thresholds(prior_orders=0.5, prior_days=182.5))

    assert expected == 1.0  # half an order in half a year


def test_the_rate_adds_the_customers_own_repeat_orders_and_days_to_the_prior() -> None:
    twelve_gaps = expected_orders(13, timedelta(days=360), timedelta(days=30), 5, USUAL)

    assert twelve_gaps == pytest.approx(365 * (0.4 + 12) / (182 + 365))


def test_each_typical_gap_of_silence_beyond_the_first_halves_what_is_expected() -> None:
    rate = 365 * (0.4 + 5) / (182 + 200 + 120)

    expected = expected_orders(6, timedelta(days=200), timedelta(days=40), 120, USUAL)

    assert expected == pytest.approx(rate / 4)


def test_nobody_is_given_up_within_thirty_days_however_fast_they_ordered() -> None:
    hourly = expected_orders(3, timedelta(hours=2), timedelta(hours=1), 29, USUAL)

    assert hourly == pytest.approx(365 * (0.4 + 2) / (182 + 29 + 2 / 24))


@given(
    orders=st.integers(1, 40),
    span=st.integers(0, 1000).map(lambda days: timedelta(days=days)),
    gap=st.one_of(st.none(), st.integers(0, 300).map(lambda days: timedelta(days=days))),
    idle=st.integers(0, 2000),
)
def test_expected_orders_fall_with_silence_and_rise_with_orders(
    orders: int, span: timedelta, gap: timedelta | None, idle: int
) -> None:
    expected = expected_orders(orders, span, gap, idle, USUAL)

    assert expected_orders(orders, span, gap, idle + 1, USUAL) < expected
    assert expected_orders(orders + 1, span, gap, idle, USUAL) > expected
