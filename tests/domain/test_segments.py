"""A customer's standing from the orders: what counts, what it makes of the customer, and when it changes by itself."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.facts.order import Order
from chalicelib.domain.money import Money
from chalicelib.domain.standing.rfm import quintile_scores
from chalicelib.domain.standing.segments import SEGMENT_NAMES, segments_of
from chalicelib.domain.standing.standing import (
    Month,
    Quadrant,
    Standing,
    Tier,
    expected_orders,
    rfm_cut_points,
    standing_of,
)
from chalicelib.domain.standing.thresholds import RfmCuts, Thresholds

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TICK = timedelta(microseconds=1)
USUAL = Thresholds(
    silver={"USD": 200_00, "KRW": 200_000},
    gold={"USD": 500_00, "KRW": 500_000},
    margin=0.3,
    profit={"USD": 60_00, "KRW": 60_000},
    rfm=RfmCuts(recency=(30, 90, 180, 365), frequency=(2, 3, 5, 10), monetary={"USD": (50_00, 150_00, 500_00, 900_00)}),
)


def order(days_ago: float, amount: int = 40_00, currency: str = "USD", **about: object) -> Order:
    placed_at = NOW - timedelta(days=days_ago)
    made = Order(id=f"order-{days_ago}", placed_at=placed_at, total=Money(amount, currency), at=placed_at)
    return replace(made, **about)  # type: ignore[arg-type]


def standing(*orders: Order, now: datetime = NOW) -> Standing:
    return standing_of(orders, USUAL, now)


some_orders = st.lists(
    st.builds(
        lambda days, amount, currency, refunded, number, cancelled: order(
            days, amount, currency, id=f"{number}", refunded=refunded, cancelled_at=NOW if cancelled else None
        ),
        st.one_of(st.integers(-3, 800), st.floats(-3, 800)),
        st.integers(0, 600_00),
        st.sampled_from(["USD", "USD", "KRW", "XTS"]),
        st.sampled_from([0, 0, 10_00, 700_00]),
        st.integers(0, 10**6),
        st.sampled_from([False, False, False, True]),
    ),
    max_size=8,
    unique_by=lambda made: made.id,
)


# --- what counts -----------------------------------------------------------------------------------------------------


def test_without_an_order_there_is_no_standing() -> None:
    assert standing() == Standing()
    assert segments_of(Standing()) == frozenset()


def test_a_cancelled_order_leaves_no_trace() -> None:
    kept, cancelled = order(10), order(20, 900_00, cancelled_at=NOW)

    assert standing(kept, cancelled) == standing(kept)
    assert standing(cancelled) == Standing()


def test_revenue_is_net_of_refunds_by_currency() -> None:
    result = standing(order(10, 40_00, refunded=15_00), order(20, 30_00), order(30, 9_000, "KRW"))

    assert result.revenue == {"USD": 55_00, "KRW": 9_000}


def test_a_refund_larger_than_its_order_takes_nothing_from_the_others() -> None:
    result = standing(order(10, 40_00, refunded=95_00), order(20, 30_00))

    assert result.revenue == {"USD": 30_00}
    assert result.orders == 2


def test_an_order_dated_in_the_future_is_a_fact_all_the_same() -> None:
    result = standing(order(-2, 600_00))

    assert (result.orders, result.tier, result.r) == (1, Tier.GOLD, 5)
    assert result.last_order_at == NOW + timedelta(days=2)


def test_orders_of_one_moment_stand_in_the_order_of_their_ids() -> None:
    first, second = order(5, id="a", referred=True), order(5, id="b")

    assert standing(second, first).referred
    assert not standing(second, replace(first, id="c")).referred


def test_the_first_second_and_last_orders_and_the_return_on_a_later_day() -> None:
    morning, evening, later = order(20), order(19.9), order(3)  # 09:00, 11:24, and 17 days later

    result = standing(later, evening, morning)

    assert result.first_order_at == morning.placed_at
    assert result.second_order_at == evening.placed_at
    assert result.returned_at == later.placed_at
    assert result.last_order_at == later.placed_at


def test_days_are_those_of_utc_wherever_the_order_says_it_was_placed() -> None:
    seoul = datetime.fromisoformat("2026-11-01T08:30+09:00")  # still 31 October in UTC

    result = standing(order(0, placed_at=seoul), order(0, id="next", placed_at=seoul + timedelta(hours=1)))

    assert list(result.months) == ["2026-10", "2026-11"]
    assert result.returned_at == seoul + timedelta(hours=1)


@pytest.mark.parametrize(("days_ago", "gap"), [((9,), None), ((30, 20), 10), ((60, 50, 20), 20), ((9, 8, 6, 0), 2)])
def test_the_typical_gap_is_the_median_between_orders(days_ago: tuple[int, ...], gap: int | None) -> None:
    result = standing(*map(order, days_ago))

    assert result.typical_gap == (None if gap is None else timedelta(days=gap))


def test_months_tell_orders_and_revenue_by_currency() -> None:
    result = standing(order(52), order(51, 7_000, "KRW"), order(20, 30_00, refunded=10_00), order(21))

    assert result.months == {
        "2026-10": Month(2, {"USD": 40_00, "KRW": 7_000}, {"USD": 1, "KRW": 1}),
        "2026-11": Month(2, {"USD": 60_00}, {"USD": 2}),
    }


@given(made=some_orders, chance=st.randoms(use_true_random=False))
def test_the_order_in_which_orders_arrive_changes_nothing(made: list[Order], chance: random.Random) -> None:
    shuffled = chance.sample(made, len(made))

    assert standing(*shuffled) == standing(*made)


@given(made=some_orders)
def test_the_months_add_up_to_the_whole(made: list[Order]) -> None:
    result = standing(*made)

    assert sum(month.orders for month in result.months.values()) == result.orders
    assert sum(sum(month.orders_in.values()) for month in result.months.values()) == result.orders
    for code, amount in result.revenue.items():
        assert sum(month.revenue.get(code, 0) for month in result.months.values()) == amount >= 0


# --- tiers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "tier"),
    [(199_99, Tier.BRONZE), (200_00, Tier.SILVER), (499_99, Tier.SILVER), (500_00, Tier.GOLD)],
)
def test_a_tier_begins_exactly_at_its_threshold(amount: int, tier: Tier) -> None:
    assert standing(order(10, amount)).tier == tier


def test_revenue_counts_towards_the_tier_for_365_days() -> None:
    result = standing(order(364, 200_00))

    assert result.tier == Tier.SILVER
    assert standing(order(365, 200_00)).tier == Tier.BRONZE
    assert standing(order(364, 200_00), now=NOW + timedelta(days=1) - TICK).tier == Tier.SILVER


def test_several_currencies_reach_a_tier_together() -> None:
    halves = standing(order(10, 100_00), order(11, 100_000, "KRW"))

    assert halves.tier == Tier.SILVER
    assert standing(order(10, 100_00), order(11, 99_999, "KRW")).tier == Tier.BRONZE


def test_a_currency_without_a_threshold_counts_for_no_tier() -> None:
    result = standing(order(10, 10**9, "XTS"))

    assert (result.tier, result.quadrant, result.m) == (Tier.BRONZE, Quadrant.STRANGER, 1)
    assert result.revenue == {"XTS": 10**9}


def test_a_shop_that_sets_nothing_has_thresholds_in_its_own_currency() -> None:
    worth_250_dollars = [order(10, 250_00), order(10, 250_000, "KRW"), order(10, 25_000, "JPY")]

    assert {standing_of([made], Thresholds(), NOW).tier for made in worth_250_dollars} == {Tier.SILVER}


# --- the quadrant ----------------------------------------------------------------------------------------------------


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


# --- scores and segments ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days_ago", "r"), [(0, 5), (29.9, 5), (30, 4), (90, 3), (180, 2), (364.9, 2), (365, 1)])
def test_recency_falls_by_one_when_the_silence_reaches_a_cut(days_ago: float, r: int) -> None:
    assert standing(order(days_ago)).r == r


@pytest.mark.parametrize(("orders", "f"), [(1, 1), (2, 2), (3, 3), (4, 3), (5, 4), (9, 4), (10, 5)])
def test_frequency_rises_by_one_when_the_orders_reach_a_cut(orders: int, f: int) -> None:
    assert standing(*(order(days) for days in range(orders))).f == f


@pytest.mark.parametrize(("amount", "m"), [(49_99, 1), (50_00, 2), (150_00, 3), (500_00, 4), (899_99, 4), (900_00, 5)])
def test_the_monetary_score_rises_by_one_when_revenue_reaches_a_cut(amount: int, m: int) -> None:
    assert standing(order(1, amount)).m == m


@pytest.mark.parametrize(
    ("result", "names"),
    [
        (Standing(orders=1), {"everyone", "bronze", "stranger"}),
        (
            Standing(orders=1, tier=Tier.SILVER, quadrant=Quadrant.BUTTERFLY),
            {"everyone", "silver", "loyal", "butterfly"},
        ),
        (
            Standing(orders=2, tier=Tier.GOLD, quadrant=Quadrant.TRUE_FRIEND),
            {"everyone", "gold", "loyal", "true_friend", "repeat"},
        ),
        (Standing(orders=7, quadrant=Quadrant.BARNACLE), {"everyone", "bronze", "barnacle", "repeat"}),
    ],
)
def test_segments_are_named_after_the_standing(result: Standing, names: set[str]) -> None:
    assert segments_of(result) == names


@given(made=some_orders)
def test_every_segment_has_a_name_from_the_list(made: list[Order]) -> None:
    assert segments_of(standing(*made)) <= set(SEGMENT_NAMES)


# --- time alone ------------------------------------------------------------------------------------------------------


def test_a_tier_is_reviewed_when_the_order_that_holds_it_leaves_the_window() -> None:
    old, recent = order(360, 150_00), order(29.9, 60_00)
    in_five_days = NOW + timedelta(days=5)

    result = standing(old, recent, now=NOW + timedelta(days=1))  # r changed a moment before

    assert result.tier == Tier.SILVER
    assert result.review_at == in_five_days
    assert standing(old, recent, now=in_five_days - TICK).tier == Tier.SILVER
    assert standing(old, recent, now=in_five_days).tier == Tier.BRONZE


def test_a_customer_nothing_can_befall_any_more_is_never_reviewed() -> None:
    assert standing(order(800)).review_at is None
    assert standing().review_at is None


@given(made=some_orders, part=st.floats(0, 0.999))
def test_time_alone_changes_nothing_before_the_review_and_something_at_it(made: list[Order], part: float) -> None:
    result = standing(*made)

    if result.review_at is None:
        assert standing(*made, now=NOW + timedelta(days=5000) * part) == result
    else:
        changed = standing(*made, now=result.review_at)
        assert result.review_at > NOW
        assert standing(*made, now=NOW + (result.review_at - NOW) * part) == result
        assert standing(*made, now=result.review_at - TICK) == result
        assert (changed.tier, changed.quadrant, changed.r) != (result.tier, result.quadrant, result.r)


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


# --- settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"silver": {"USD": 600_00}}, "gold must not be below silver"),
        ({"silver": {"USD": 0}}, "minor unit"),
        ({"profit": {"USD": -1}}, "minor unit"),
        ({"margin": 1.2}, "margin"),
        ({"expected": 0.0}, "expected"),
        ({"prior_days": 0.0}, "prior_days"),
    ],
)
def test_thresholds_that_make_no_sense_are_refused(settings: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        replace(USUAL, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("cuts", [(1, 2, 3), (1, 3, 2, 4), (0, 1, 2, 3)])
def test_cut_points_are_four_and_ascend(cuts: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="F: expected 4 ascending numbers"):
        RfmCuts(frequency=cuts)
