"""Figures formatted for people, each with its numerator and denominator; an unknown value is a dash."""

import re
from collections.abc import Iterator, Mapping

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table

from chalicelib.domain.figures import formulas
from chalicelib.domain.figures.formulas import Figure
from chalicelib.domain.money import Money, exponent

NOTHING = "–"
MOST_MONTHS = 12
_MONTH = re.compile(r"(retention|churn)_(\d{4})_(\d\d)")
_COHORT = re.compile(r"cohort_(\d{4})_(\d\d)_month_(\d+)")
_NAMES = {
    "orders": "orders",
    "customers": "customers",
    "frequency": "orders per customer",
    "repeat_purchase_rate": "repeat purchase rate",
    "referral_rate": "referral rate",
    "nps": "net promoter score",
    "revenue": "revenue",
    "aov": "average order value",
    "historic_clv": "historic customer value",
}


def counted(number: int, what: str) -> str:
    """A number of things: ``1 day``, ``2 days``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def table(*columns: str, left: int = 1, title: str | None = None) -> Table:
    """An empty table; all columns after the first ``left`` contain numbers."""
    made = Table(*columns, box=SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for column in made.columns[left:]:
        column.justify, column.no_wrap = "right", True
    return made


def shop_tables(shop: Mapping[str, Figure], width: int = 120) -> Iterator[RenderableType]:
    """The shop's figures: one table for all time, one by month, one by cohort.

    ``width``: the width of a line, in characters; later months of the cohorts are left out if they do not fit.
    """
    plain = table("the shop", "value", "of", "95 % interval")
    for name, figure in shop.items():
        if not _MONTH.fullmatch(name) and not _COHORT.fullmatch(name):
            plain.add_row(*_row(name, figure))
    yield plain
    if months := _months(shop):
        yield _retention(months, shop)
    if any(map(_COHORT.fullmatch, shop)):
        yield _cohorts(shop, min(MOST_MONTHS, (width - 18) // 7))


def percent(figure: Figure) -> str:
    """A share: ``49.5 %``."""
    return NOTHING if figure.value is None else f"{figure.value:.1%}".replace("%", " %")


def whole(number: float) -> str:
    """A count with thousands separators; one decimal if it is not whole."""
    return f"{number:,.0f}" if number == int(number) else f"{number:,.1f}"


def parts(figure: Figure) -> str:
    """``numerator / denominator``."""
    return f"{whole(figure.numerator)} / {whole(figure.denominator)}"


def money(amount: float, currency: str) -> str:
    """An amount in minor units, which may be a fraction for an average, in the currency's major unit."""
    return str(Money(round(amount), currency)) if exponent(currency) else f"{amount:,.0f} {currency}"


def _row(name: str, figure: Figure) -> tuple[str, str, str, str]:
    title, of, interval = _NAMES.get(name, name.replace("_", " ")), parts(figure), ""
    match figure.unit:
        case formulas.COUNT:
            value, of = whole(figure.numerator), ""
        case formulas.NUMBER:
            value = NOTHING if figure.value is None else f"{figure.value:.2f}"
        case formulas.SCORE:
            value = NOTHING if figure.value is None else f"{figure.value:.1f}"
            interval = f"{figure.low:.1f} to {figure.high:.1f}" if figure.low is not None else ""
        case formulas.SHARE:
            value = percent(figure)
        case currency:
            name = name.removesuffix(f"_{currency.lower()}")
            title = f"{_NAMES.get(name, name.replace('_', ' '))}, {currency}"
            value = NOTHING if figure.value is None else money(figure.value, currency)
            of = f"{money(figure.numerator, currency)} / {whole(figure.denominator)}" if figure.denominator != 1 else ""
    return title, value, of, interval


def _months(shop: Mapping[str, Figure]) -> list[str]:
    return [f"{found[2]}_{found[3]}" for name in shop if (found := _MONTH.fullmatch(name)) and found[1] == "retention"]


def _retention(months: list[str], shop: Mapping[str, Figure]) -> Table:
    made = table("month", "ordered", "also next month", "retention", "churn")
    for month in months:
        kept = shop[f"retention_{month}"]
        row = (whole(kept.denominator), whole(kept.numerator), percent(kept), percent(shop[f"churn_{month}"]))
        made.add_row(month.replace("_", "-"), *row)
    return made


def _cohorts(shop: Mapping[str, Figure], most: int) -> Table:
    """One row for each month of first orders: the share that orders again in the k-th month after it, in percent."""
    shares: dict[str, dict[int, Figure]] = {}
    for name, figure in shop.items():
        if found := _COHORT.fullmatch(name):
            shares.setdefault(f"{found[1]}-{found[2]}", {})[int(found[3])] = figure
    last = min(most, max(k for row in shares.values() for k in row))
    months = (f"+{k}" for k in range(1, last + 1))
    made = table("first order", "size", *months, title="ordered again in the k-th month after, %")
    for month, row in shares.items():
        cells = [
            f"{100 * value:.1f}" if k in row and (value := row[k].value) is not None else "" for k in range(1, last + 1)
        ]
        made.add_row(month, whole(next(iter(row.values())).denominator), *cells)
    return made
