"""The figures that a scenario can expect, by name: ``shop.orders``, ``journeys.abandoned_cart.sent``."""

import re
from collections import Counter
from collections.abc import Mapping

from chalicelib.domain.figures.formulas import Figure
from chalicelib.domain.figures.funnel import RATES, funnel
from chalicelib.domain.figures.shop import shop_figures
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.services.kpis import Kpis

PARTS = ("numerator", "denominator", "low", "high")
MONEY = r"_[a-z]{3}"
VALUED = (Kind.CONVERTED, Kind.ATTRIBUTED, Kind.ORDERED)
"""The outcomes that have a value."""
MONTHLY = ("retention_2026_03", "churn_2026_03", "cohort_2026_03_month_1")
_PART = rf"(\.({'|'.join(PARTS)}))?"
_JOURNEY = r"journeys\.[a-z][a-z0-9_]*\."
_COUNT = rf"({'|'.join([*map(str, Kind), 'reached', *(f'{kind}_to_team' for kind in Kind)])})"
_WORTH = rf"({'|'.join(map(str, VALUED))}){MONEY}"
_MONTHLY = r"(retention|churn)_\d{4}_\d\d|cohort_\d{4}_\d\d_month_\d+"
_OF_SHOP = rf"({'|'.join(shop_figures({}, {}))}|(revenue|aov|historic_clv){MONEY}|{_MONTHLY})"
_NAME = re.compile(rf"shop\.{_OF_SHOP}{_PART}|{_JOURNEY}({_COUNT}|{_WORTH}|({'|'.join(RATES)}){_PART})")


def is_name(name: str) -> bool:
    """Whether a figure can have this name."""
    return _NAME.fullmatch(name) is not None


def journey_of(name: str) -> str | None:
    """The key of the journey that a figure is about, if it is about one."""
    scope, _, rest = name.partition(".")
    return rest.partition(".")[0] if scope == "journeys" else None


def listing() -> list[tuple[str, str]]:
    """Every name, with a currency, a month and a journey as examples, and what it is."""
    found = [(f"shop.{name}", "of the shop") for name in shop_figures({}, {})]
    found += [(f"shop.{name}_usd", "of the shop, in minor units") for name in ("revenue", "aov", "historic_clv")]
    found += [(f"shop.{name}", "of the shop, by month") for name in MONTHLY]
    found += [(f"journeys.KEY.{kind}", "how many") for kind in Kind]
    found += [("journeys.KEY.reached", "runs that came to their first message")]
    found += [(f"journeys.KEY.{kind}_usd", "value in minor units") for kind in VALUED]
    found += [(f"journeys.KEY.{name}", f"of {rate.of}") for name, rate in RATES.items()]
    return found


def values(figures: Kpis) -> dict[str, float | None]:
    """All figures by name."""
    found: dict[str, float | None] = {}
    for name, figure in figures.shop.items():
        found |= _figure(f"shop.{name}", figure)
    counts: dict[str, Counter[str]] = {}
    for cell, number in figures.cells.items():
        counts.setdefault(cell.journey, Counter())[cell.kind] += number
    for journey, kinds in counts.items():
        for kind, number in kinds.items():
            worth, _, currency = kind.partition("_value|")
            if currency:
                found[f"journeys.{journey}.{worth}_{currency.lower()}"] = number
            elif "|" not in kind:
                found[f"journeys.{journey}.{kind}"] = number
        for name, figure in funnel(kinds).items():
            found |= _figure(f"journeys.{journey}.{name}", figure)
    return found


def value_of(name: str, known: Mapping[str, float | None]) -> float | None:
    """A figure's value: a count or an amount that nothing was added to is 0, a rate of nothing is None."""
    if name in known:
        return known[name]
    rate = name.removeprefix("shop.").partition(".")[0] if name.startswith("shop.") else name.split(".")[2]
    is_sum = rate.startswith("revenue_") or (name.startswith("journeys.") and rate not in RATES)
    return 0 if is_sum else None


def _figure(name: str, figure: Figure) -> dict[str, float | None]:
    found: dict[str, float | None] = {name: figure.value}
    return found | {f"{name}.{part}": value for part in PARTS if (value := getattr(figure, part)) is not None}
