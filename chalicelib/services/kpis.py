"""The figures: counters as stored, turned into each journey's funnel and the shop's KPIs."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from chalicelib.domain.figures.counters import Cell
from chalicelib.domain.figures.formulas import Figure
from chalicelib.domain.figures.shop import shop_figures
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.time import local_date
from chalicelib.services.ports import CounterStore


@dataclass(frozen=True, slots=True)
class Kpis:
    """Counts by journey and cell, and the shop's figures."""

    cells: Mapping[Cell, int]
    shop: Mapping[str, Figure]

    def journeys(self) -> dict[str, dict[str, int]]:
        """Each journey's outcomes: ``{journey: {kind: count}}``, in the order of ``Kind``."""
        totals: dict[str, Counter[str]] = {}
        for cell, number in self.cells.items():
            totals.setdefault(cell.journey, Counter())[cell.kind] += number
        return {
            journey: {str(kind): counts[kind] for kind in Kind if counts[kind]}
            for journey, counts in sorted(totals.items())
        }

    def values(self, journey: str, kind: Kind) -> dict[str, int]:
        """The value of the orders of one kind, by currency, in minor units."""
        prefix, worth = f"{kind}_value|", Counter[str]()
        for cell, number in self.cells.items():
            if cell.journey == journey and cell.kind.startswith(prefix):
                worth[cell.kind.removeprefix(prefix)] += number
        return dict(worth)

    def as_json(self) -> dict[str, Any]:
        """``{"journeys": {KEY: {OUTCOME: count}}, "shop": {KPI: {value, numerator, denominator}}}``."""
        return {"journeys": self.journeys(), "shop": {name: figure.as_json() for name, figure in self.shop.items()}}


def kpis(
    counters: CounterStore, now: datetime, first: date | None = None, last: date | None = None, zone: str = "UTC"
) -> Kpis:
    """All figures up to ``now``; ``first`` and ``last`` limit the journeys to these days (inclusive).

    Days and months are those of ``zone``, the shop's.
    """
    cells: Counter[Cell] = Counter()
    scores: Counter[int] = Counter()
    months: dict[str, dict[str, int]] = {}
    for period, counts in counters.read().items():
        if len(period) == len("2026-11"):
            months[period] = counts
        elif (first is None or period >= first.isoformat()) and (last is None or period <= last.isoformat()):
            for name, number in counts.items():
                cells[Cell.parse(name)] += number
    for cell, number in cells.items():
        if cell.kind.startswith("answered_score|"):
            scores[int(cell.kind.partition("|")[2])] += number
    return Kpis(dict(cells), shop_figures(months, scores, _last_complete(months, local_date(now, zone))))


def _last_complete(months: Mapping[str, Any], today: date) -> str | None:
    """The last month with orders that has ended by ``today``; one whose orders were all called off later has none."""
    ended = (month for month, counts in months.items() if month < f"{today:%Y-%m}" and any(counts.values()))
    return max(ended, default=None)
