"""The shop's figures, from its counters by month.

Months are ``YYYY-MM`` in the shop's zone; the counters are those of ``shop_counters``, summed; the formulas those of
``formulas``.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta

from chalicelib.domain.figures.formulas import (
    Figure,
    aov,
    churn,
    cohort_retention,
    count,
    frequency,
    historic_clv,
    nps,
    referral_rate,
    repeat_purchase_rate,
    retention,
)
from chalicelib.domain.figures.months import calendar, end, months_between
from chalicelib.domain.figures.shop_counters import REPEAT_DAYS

Counters = Mapping[str, int]


def shop_figures(
    months: Mapping[str, Counters], scores: Mapping[int, int], complete_through: str | None = None
) -> dict[str, Figure]:
    """All figures of the shop, from the summed counters by month and the survey's answers by score.

    ``complete_through`` is the last month that is over (by default the last with a counter): whatever looks ahead (the
    next month's retention, a cohort's month k, a second order within so many days) counts only those months and
    customers with their whole period before its end. Money is minor units; per currency, as in ``aov_usd``.
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


def _money(total: Counters) -> Iterator[tuple[str, Figure]]:
    for code in sorted(name.removeprefix("orders|") for name in total if name.startswith("orders|")):
        revenue = total.get(f"revenue|{code}", 0)
        yield f"revenue_{code.lower()}", count(revenue, code)
        yield f"aov_{code.lower()}", aov(revenue, total[f"orders|{code}"], code)
        yield f"historic_clv_{code.lower()}", historic_clv(revenue, total.get("customers", 0), code)


def _repeats_in_time(seen: Mapping[str, Counters], through: str) -> Iterator[tuple[str, Figure]]:
    for days in REPEAT_DAYS:
        aged = _sum({name: seen[name] for name in seen if end(name) + timedelta(days=days) <= end(through)})
        yield f"repeat_within_{days}_days", repeat_purchase_rate(aged[f"second|{days}"], aged["customers"])


def _retentions(seen: Mapping[str, Counters], through: str) -> Iterator[tuple[str, Figure]]:
    for name in calendar(min(seen, default=""), through)[:-1]:
        counters = seen.get(name, {})
        both, active = counters.get("retained", 0), counters.get("active", 0)
        yield f"retention_{name.replace('-', '_')}", retention(both, active)
        yield f"churn_{name.replace('-', '_')}", churn(both, active)


def _cohorts(seen: Mapping[str, Counters], through: str) -> Iterator[tuple[str, Figure]]:
    for name, counters in sorted(seen.items()):
        size = counters.get("cohort|0", 0)
        for k in range(1, months_between(name, through) + 1) if size else ():
            yield f"cohort_{name.replace('-', '_')}_month_{k}", cohort_retention(counters.get(f"cohort|{k}", 0), size)


def _sum(months: Mapping[str, Counters]) -> Counter[str]:
    total: Counter[str] = Counter()
    for counters in months.values():
        total.update(counters)
    return total
