"""What one customer adds to the shop's counters; summed over all customers, they are all that its figures need."""

from collections import Counter

from chalicelib.domain.figures.months import month_after, months_between
from chalicelib.domain.standing.standing import Standing
from chalicelib.domain.time import local_date

REPEAT_DAYS = (30, 60, 90)
"""Within how many days of the first order a second one is counted."""


def shop_counters(standing: Standing) -> dict[tuple[str, str], int]:
    """What one customer adds to the shop's counters, by month and counter; counters of 0 are omitted.

    In each month with an order: ``orders``, ``orders|USD``, ``revenue|USD`` (minor units, net of refunds), ``active``
    (1), ``retained`` (1 if the next month has an order too). In the month of the first order: ``customers`` (1),
    ``repeat`` (1 with a second order), ``second|30``, ``second|60``, ``second|90`` (1 if an order on a later date
    came within so many days of the first order's date), ``referred``, and ``cohort|k`` (1 if month k after it has an
    order; ``cohort|0`` always).
    """
    counters: Counter[tuple[str, str]] = Counter()
    for name, month in standing.months.items():
        counters[name, "orders"] = month.orders
        counters[name, "active"] = 1
        counters[name, "retained"] = int(month_after(name) in standing.months)
        for code, amount in month.revenue.items():
            counters[name, f"revenue|{code}"] = amount
        for code, orders in month.orders_in.items():
            counters[name, f"orders|{code}"] = orders
    for counter, number in _first_month_counters(standing).items():
        counters[min(standing.months), counter] = number
    return {key: number for key, number in counters.items() if number}


def _first_month_counters(standing: Standing) -> dict[str, int]:
    if standing.first_order_at is None:
        return {}
    first = min(standing.months)
    counters = {
        "customers": 1,
        "repeat": int(standing.orders > 1),
        "referred": int(standing.referred),
        **{f"cohort|{months_between(first, name)}": 1 for name in standing.months},
    }
    if standing.returned_at:
        first_date = local_date(standing.first_order_at, standing.zone)
        days = (local_date(standing.returned_at, standing.zone) - first_date).days
        counters.update({f"second|{limit}": 1 for limit in REPEAT_DAYS if days <= limit})
    return counters
