"""A customer's orders, and the standing that they make."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from chalicelib.domain.facts.order import Order
from chalicelib.domain.money import Money
from chalicelib.domain.standing.standing import Standing, standing_of
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
