"""The shop's figures from additive counters, and a journey's from its outcomes.

A customer adds to each month's counters what ``shop_counters`` says, and the counters of all customers, summed, are all
that ``shop_figures`` needs. Months are UTC's ``YYYY-MM``. The formulas are those of ``figures``.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta

from chalicelib.domain.figures.formulas import (
    ComplaintLevel,
    Figure,
    always_valid_conversions,
    aov,
    churn,
    cohort_retention,
    complaint_level,
    count,
    csat,
    frequency,
    historic_clv,
    incremental_conversions,
    incremental_revenue,
    nps,
    participation,
    ratio,
    referral_rate,
    repeat_purchase_rate,
    retention,
)
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.standing.standing import Standing

__all__ = [
    "REPEAT_DAYS", "ComplaintLevel", "Figure", "always_valid_conversions", "aov", "churn", "cohort_retention",
    "complaint_level", "count", "csat", "frequency", "funnel", "historic_clv", "incremental_conversions",
    "incremental_revenue", "nps", "participation", "ratio", "referral_rate", "repeat_purchase_rate", "retention",
    "shop_counters", "shop_figures",
]  # fmt: skip

REPEAT_DAYS = (30, 60, 90)

Counters = Mapping[str, int]
# Opens are unreliable (Apple's Mail Privacy Protection opens every mail): no winner is picked by them.
_FUNNEL = {
    "delivery_rate": (Kind.DELIVERED, Kind.SENT),
    "bounce_rate": (Kind.BOUNCED, Kind.SENT),
    "complaint_rate": (Kind.COMPLAINED, Kind.SENT),
    "open_rate": (Kind.OPENED, Kind.DELIVERED),
    "click_rate": (Kind.CLICKED, Kind.DELIVERED),
    "click_to_open_rate": (Kind.CLICKED, Kind.OPENED),
    "unsubscribe_rate": (Kind.UNSUBSCRIBED, Kind.DELIVERED),
}


def funnel(counts: Counters) -> dict[str, Figure]:
    """A journey's mail rates from its outcomes by kind, each person counted once and automated ones left out."""
    return {name: ratio(counts.get(part, 0), counts.get(whole, 0)) for name, (part, whole) in _FUNNEL.items()}


def shop_counters(standing: Standing) -> dict[tuple[str, str], int]:
    """What one customer adds to the shop's counters, by month and counter; counters of 0 are left out.

    In each month with an order: ``orders``, ``orders|USD``, ``revenue|USD`` (minor units, net of refunds), ``active``
    (1), ``retained`` (1 if the next month has an order too). In the month of the first order: ``customers`` (1),
    ``repeat`` (1 with a second order), ``second|30``, ``second|60``, ``second|90`` (1 if an order on a later UTC date
    came within so many days of the first order's date), ``referred``, and ``cohort|k`` (1 if month k after it has an
    order; ``cohort|0`` always).
    """
    counters: Counter[tuple[str, str]] = Counter()
    for name, month in standing.months.items():
        counters[name, "orders"] = month.orders
        counters[name, "active"] = 1
        counters[name, "retained"] = int(_month_after(name) in standing.months)
        for code, amount in month.revenue.items():
            counters[name, f"revenue|{code}"] = amount
        for code, orders in month.orders_in.items():
            counters[name, f"orders|{code}"] = orders
    for counter, number in _first_month_counters(standing).items():
        counters[min(standing.months), counter] = number
    return {key: number for key, number in counters.items() if number}


def shop_figures(
    months: Mapping[str, Counters], scores: Mapping[int, int], complete_through: str | None = None
) -> dict[str, Figure]:
    """All figures of the shop, from the summed counters by month and the survey's answers by score.

    ``complete_through`` is the last month that is over (by default the last with a counter): whatever looks ahead (the
    next month's retention, a cohort's month k, a second order within so many days) counts only those months and
    customers whose whole time lies before its end. Money is minor units; per currency, as in ``aov_usd``.
    """
    seen = {name: counters for name, counters in months.items() if any(counters.values())}
    through = complete_through or max(seen, default="")
    total = _sum(seen)
    figures = {
        "orders": count(total["orders"]),
        "customers": count(total["customers"]),
        "frequency": frequency(total["orders"], total["customers"]),
        "repeat_purchase_rate": repeat_purchase_rate(total["repeat"], total["customers"]),
        "referral_rate": referral_rate(total["referred"], total["customers"]),
        "nps": nps(scores),
    }
    figures.update(_money(total))
    figures.update(_repeats_in_time(seen, through))
    figures.update(_retentions(seen, through))
    figures.update(_cohorts(seen, through))
    return figures


def _first_month_counters(standing: Standing) -> dict[str, int]:
    if standing.first_order_at is None:
        return {}
    first = min(standing.months)
    counters = {
        "customers": 1,
        "repeat": int(standing.orders > 1),
        "referred": int(standing.referred),
        **{f"cohort|{_months_between(first, name)}": 1 for name in standing.months},
    }
    if standing.returned_at:
        days = (_utc_date(standing.returned_at) - _utc_date(standing.first_order_at)).days
        counters.update({f"second|{limit}": 1 for limit in REPEAT_DAYS if days <= limit})
    return counters


def _money(total: Counters) -> Iterator[tuple[str, Figure]]:
    for code in sorted(name.removeprefix("orders|") for name in total if name.startswith("orders|")):
        revenue = total.get(f"revenue|{code}", 0)
        yield f"revenue_{code.lower()}", count(revenue)
        yield f"aov_{code.lower()}", aov(revenue, total[f"orders|{code}"])
        yield f"historic_clv_{code.lower()}", historic_clv(revenue, total.get("customers", 0))


def _repeats_in_time(seen: Mapping[str, Counters], through: str) -> Iterator[tuple[str, Figure]]:
    for days in REPEAT_DAYS:
        aged = _sum({name: seen[name] for name in seen if _end(name) + timedelta(days=days) <= _end(through)})
        yield f"repeat_within_{days}_days", repeat_purchase_rate(aged[f"second|{days}"], aged["customers"])


def _retentions(seen: Mapping[str, Counters], through: str) -> Iterator[tuple[str, Figure]]:
    for name in _calendar(min(seen, default=""), through)[:-1]:
        counters = seen.get(name, {})
        both, active = counters.get("retained", 0), counters.get("active", 0)
        yield f"retention_{name.replace('-', '_')}", retention(both, active)
        yield f"churn_{name.replace('-', '_')}", churn(both, active)


def _cohorts(seen: Mapping[str, Counters], through: str) -> Iterator[tuple[str, Figure]]:
    for name, counters in sorted(seen.items()):
        size = counters.get("cohort|0", 0)
        for k in range(1, _months_between(name, through) + 1) if size else ():
            yield f"cohort_{name.replace('-', '_')}_month_{k}", cohort_retention(counters.get(f"cohort|{k}", 0), size)


def _sum(months: Mapping[str, Counters]) -> Counter[str]:
    total: Counter[str] = Counter()
    for counters in months.values():
        total.update(counters)
    return total


def _utc_date(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _number(month: str) -> int:
    year, _, of_year = month.partition("-")
    return int(year) * 12 + int(of_year) - 1


def _name(number: int) -> str:
    return f"{number // 12:04}-{number % 12 + 1:02}"


def _month_after(month: str) -> str:
    return _name(_number(month) + 1)


def _months_between(first: str, later: str) -> int:
    return _number(later) - _number(first)


def _calendar(first: str, last: str) -> list[str]:
    """Every month from the first to the last, those without an order too."""
    return [_name(number) for number in range(_number(first), _number(last) + 1)] if first else []


def _end(month: str) -> date:
    """The day after the month's last one."""
    return date.fromisoformat(f"{_month_after(month)}-01")
