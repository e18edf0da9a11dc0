"""``rekindle dlq``: invalid items are listed without personal data, and processed again once they are valid."""

from pathlib import Path
from typing import Any

import pytest

import app
from infra.own_tables import mapping as own_tables
from tests.adopt.given import EXAMPLE, SALES, example, record
from tests.commands.given import STACK, Said, outside, put
from tests.journeys.shop import Open, Shop

pytestmark = pytest.mark.journeys("abandoned_cart")
Capture = pytest.CaptureFixture[str]
CART = {"owner": "ann", "sk": "CART#17", "touched": "2026-03-02 18:40:00", "sum": "25.00", "items": []}


@pytest.fixture
def shop(open_shop: Open, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Its own tables are those of the example."""
    monkeypatch.setattr(own_tables, "SOURCES", EXAMPLE)
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    return shop


def set_aside(shop: Shop, *items: dict[str, Any]) -> None:
    """The mapping did not understand these items, when they were new."""
    _, sales = example()
    put(shop, "PoisonQueue", *({"error": "InvalidFact", "record": record(sales, item)} for item in items))


def dlq(shop: Shop, capsys: Capture, *words: str) -> Said:
    return outside(shop, capsys, "dlq", *words, "--stack", STACK)


def test_an_item_is_listed_by_its_table_and_without_its_content(shop: Shop, capsys: Capture) -> None:
    set_aside(shop, CART)

    said = dlq(shop, capsys, "list", "poison")

    assert "new item of sales, for adopt" in said.out
    assert "ann" not in said.out


def test_an_item_that_the_mapping_understands_by_now_comes_back(shop: Shop, capsys: Capture) -> None:
    set_aside(shop, CART)

    said = dlq(shop, capsys, "redrive", "--json")

    assert [each["brought_back"] for each in said.json["queues"] if each["queue"] == "poison"] == [1]
    key = app.parts.names.find("ann")
    assert key is not None
    assert list(app.parts.facts.of(key).carts) == ["17"]


def test_an_item_that_is_still_invalid_stays(shop: Shop, capsys: Capture) -> None:
    set_aside(shop, {**CART, "sum": "twelve"}, CART)

    said = dlq(shop, capsys, "redrive", "--json")

    poison = next(each for each in said.json["queues"] if each["queue"] == "poison")
    assert (poison["brought_back"], poison["left"]) == (1, {"it failed again (InvalidFact)": 1})


def test_an_item_of_a_table_that_is_not_mapped_any_more_stays(
    shop: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_aside(shop, CART)
    monkeypatch.setattr(own_tables, "SOURCES", tmp_path / "none.yaml")

    said = dlq(shop, capsys, "redrive")

    assert "its table's stream is read by no function of this stack" in said.err
    assert SALES not in said.err
