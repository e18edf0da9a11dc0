"""The shop's figures of the CDNOW log, where it is at hand."""

import os
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from chalicelib.domain.facts.order import Order
from chalicelib.domain.figures.formulas import Figure
from chalicelib.domain.figures.shop import shop_figures
from chalicelib.domain.money import parse_money
from chalicelib.domain.standing.standing import standing_of
from tests.domain.figures.given import THRESHOLDS, summed

CDNOW = os.environ.get("REKINDLE_CDNOW")


@pytest.fixture(scope="module")
def cdnow() -> dict[str, Figure]:
    """The figures of the CDNOW log, through standings and counters."""
    if not CDNOW:
        pytest.skip("REKINDLE_CDNOW does not name CDNOW_master.txt of the PyPI wheel lifetimes 0.11.3")
    orders: dict[str, list[Order]] = defaultdict(list)
    for number, row in enumerate(Path(CDNOW).read_text().splitlines()[1:]):
        customer, day, _, dollars = row.split()
        at = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC)
        orders[customer].append(Order(f"{number:06}", at, parse_money(dollars, "USD"), at))
    end = datetime(1998, 7, 1, tzinfo=UTC)
    return shop_figures(summed(standing_of(made, THRESHOLDS, end) for made in orders.values()), {})


def test_cdnow_has_its_orders_customers_and_revenue(cdnow: dict[str, Figure]) -> None:
    assert cdnow["orders"].value == 69_659
    assert cdnow["customers"].value == 23_570
    assert cdnow["revenue_usd"].value == Decimal("2500315.63") * 100


def test_cdnow_has_its_order_value_frequency_and_lifetime_value(cdnow: dict[str, Figure]) -> None:
    aov, frequency, clv = (cdnow[name].value for name in ("aov_usd", "frequency", "historic_clv_usd"))

    assert aov is not None
    assert frequency is not None
    assert clv is not None
    assert (round(aov / 100, 4), round(frequency, 4), round(clv / 100, 4)) == (35.8936, 2.9554, 106.0804)
    assert clv == pytest.approx(aov * frequency)


def test_cdnow_has_its_repeat_purchase_rate(cdnow: dict[str, Figure]) -> None:
    figure = cdnow["repeat_purchase_rate"]

    assert (figure.numerator, figure.denominator) == (11_662, 23_570)
    assert figure.value == pytest.approx(0.49478, abs=5e-6)


@pytest.mark.parametrize(("days", "percent"), [(30, 17.46), (60, 25.15), (90, 29.22)])
def test_cdnow_has_its_second_orders_in_time(cdnow: dict[str, Figure], days: int, percent: float) -> None:
    figure = cdnow[f"repeat_within_{days}_days"]

    assert figure.denominator == 23_570
    assert figure.value is not None
    assert round(100 * figure.value, 2) == percent


@pytest.mark.parametrize(("month", "again", "cohort"), [("1997_01", 1_157, 7_846), ("1997_02", 1_312, 8_476)])
def test_cdnow_has_its_cohorts(cdnow: dict[str, Figure], month: str, again: int, cohort: int) -> None:
    figure = cdnow[f"cohort_{month}_month_1"]

    assert (figure.numerator, figure.denominator) == (again, cohort)
