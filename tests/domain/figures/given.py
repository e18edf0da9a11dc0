"""Customers' orders, and the counters that they add up to."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

from chalicelib.domain.facts.order import Order
from chalicelib.domain.figures.shop_counters import shop_counters
from chalicelib.domain.money import Money
from chalicelib.domain.standing.standing import Standing, standing_of
from chalicelib.domain.standing.thresholds import Thresholds

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
