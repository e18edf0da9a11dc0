"""What ``docs/deploy.md`` says that it costs is what the price list and the counted calls come to."""

import re

import pytest

from infra.bench import calls, prices
from infra.bench.bill import MILLION, price_list, total
from infra.package.packaged import CHECKOUT, packaged_template
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
TEXT = (CHECKOUT / "docs" / "deploy.md").read_text("utf-8")
CHAPTER = TEXT.partition("## 6. What it costs")[2].partition("\n## ")[0]


def dollars(what: str) -> float:
    """The figure in the table's row that begins so."""
    found = re.search(rf"^\| {re.escape(what)}[^|]*\|[^|$]*\$([\d.]+)", CHAPTER, re.MULTILINE)
    assert found, what
    return float(found[1])


def test_the_month_in_which_nobody_shops() -> None:
    idle, metrics = prices.idle(packaged_template()), prices.alarm_metrics(packaged_template())

    assert dollars(f"while nobody shops: {metrics} metrics under alarm") == pytest.approx(idle["alarms"], abs=0.005)
    assert dollars("while nobody shops: Lambda asking") == pytest.approx(idle["polling"], abs=0.005)
    assert dollars("while nobody shops: the sweep") == pytest.approx(idle["sweep"], abs=0.03)


def test_a_million_mailed_carts() -> None:
    counted = calls.run(calls.PAGE, rounds=1)

    assert dollars("1,000,000 mailed carts") == pytest.approx(
        total(prices.lines_of(counted, packaged_template())), rel=0.15
    )


def test_a_million_carts_that_become_orders() -> None:
    assert dollars("1,000,000 carts that become orders") == pytest.approx(total(prices.ordered_lines(20)), rel=0.15)


@pytest.mark.parametrize(
    ("what", "price", "quantity"),
    [
        ("the mails themselves", "ses_mail", 1000),
        ("requests to the API", "api_request", MILLION),
        ("storing facts", "dynamodb_storage", 1),
        ("backups", "dynamodb_restore", 1),
    ],
)
def test_what_is_on_the_price_list_itself(what: str, price: str, quantity: int) -> None:
    assert dollars(what) == pytest.approx(price_list()[price].of(quantity))
