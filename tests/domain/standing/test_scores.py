"""The scores of recency, frequency and money, by cut points that divide customers into fifths."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.standing.rfm import quintile_scores
from chalicelib.domain.standing.standing import Standing, rfm_cut_points, standing_of
from chalicelib.domain.standing.thresholds import RfmCuts
from tests.domain.standing.given import NOW, USUAL, order, standing

# --- scores ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days_ago", "r"), [(0, 5), (29.9, 5), (30, 4), (90, 3), (180, 2), (364.9, 2), (365, 1)])
def test_recency_falls_by_one_when_the_silence_reaches_a_cut(days_ago: float, r: int) -> None:
    assert standing(order(days_ago)).r == r


@pytest.mark.parametrize(("orders", "f"), [(1, 1), (2, 2), (3, 3), (4, 3), (5, 4), (9, 4), (10, 5)])
def test_frequency_rises_by_one_when_the_orders_reach_a_cut(orders: int, f: int) -> None:
    assert standing(*(order(days) for days in range(orders))).f == f


@pytest.mark.parametrize(("amount", "m"), [(49_99, 1), (50_00, 2), (150_00, 3), (500_00, 4), (899_99, 4), (900_00, 5)])
def test_the_monetary_score_rises_by_one_when_revenue_reaches_a_cut(amount: int, m: int) -> None:
    assert standing(order(1, amount)).m == m


# --- quintiles -------------------------------------------------------------------------------------------------------


def test_ten_different_values_are_scored_two_by_two() -> None:
    scores = quintile_scores({str(value): value for value in range(10)})

    assert [scores[str(value)] for value in range(10)] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_an_equal_value_gets_an_equal_score() -> None:
    scores = quintile_scores({"a": 1, "b": 1, "c": 1, "d": 2, "e": 2})

    assert scores == {"a": 1, "b": 1, "c": 1, "d": 4, "e": 4}  # three of five are below d and e


def test_nobody_gets_no_score() -> None:
    assert quintile_scores({}) == {}


@given(st.dictionaries(st.text(max_size=3), st.integers(-5, 5), min_size=1))
def test_scores_rise_with_values_and_no_fifth_is_overfull_without_ties(values: dict[str, int]) -> None:
    scores = quintile_scores(values)

    for one in values:
        assert 1 <= scores[one] <= 5
        assert all(scores[one] <= scores[other] for other in values if values[one] <= values[other])


@given(st.lists(st.tuples(st.integers(-2, 400), st.integers(1, 6), st.integers(0, 9)), min_size=1, max_size=25))
def test_the_cut_points_give_every_customer_the_score_of_the_fifth_they_stand_in(
    people: list[tuple[int, int, int]],
) -> None:
    orders = {
        str(key): [order(days + number, amount * 10_00, id=f"{number}") for number in range(orders)]
        for key, (days, orders, amount) in enumerate(people)
    }
    result = {key: standing(*made) for key, made in orders.items()}

    cuts = rfm_cut_points(result.values(), NOW)

    scored = {key: standing_of(made, replace(USUAL, rfm=cuts), NOW) for key, made in orders.items()}
    last = {key: min(NOW, one.last_order_at or NOW).timestamp() for key, one in result.items()}
    assert {key: one.r for key, one in scored.items()} == quintile_scores(last)
    assert {key: one.f for key, one in scored.items()} == quintile_scores(
        {key: one.orders for key, one in result.items()}
    )
    assert {key: one.m for key, one in scored.items()} == quintile_scores(
        {key: one.revenue["USD"] for key, one in result.items()}
    )


def test_a_shop_without_customers_keeps_the_usual_cut_points() -> None:
    assert rfm_cut_points([Standing()], NOW) == RfmCuts()
