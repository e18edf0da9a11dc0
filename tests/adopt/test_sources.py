"""``rekindle sources``: a mapping is tried on an item before anything is deployed."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.adopt.given import EXAMPLE
from tests.commands.given import Said, rekindle

Capture = pytest.CaptureFixture[str]
CART: dict[str, Any] = {
    "owner": "ann",
    "sk": "CART#17",
    "touched": "2026-03-02 18:40:00",
    "sum": 25.5,
    "items": [{"sku": "green-tea", "title": "Green tea", "pieces": 2, "price": "12.75"}],
}
EXPECTED = {
    "type": "cart",
    "customer_id": "ann",
    "id": "17",
    "at": "2026-03-02T09:40:00+00:00",
    "total": 2550,
    "currency": "USD",
    "lines": [{"product": "green-tea", "name": "Green tea", "quantity": 2, "price": 1275}],
}


def tried(capsys: Capture, folder: Path, item: Any, *words: str) -> Said:
    """``rekindle sources sales ITEM`` with the example's mapping."""
    path = folder / "item.json"
    path.write_text(item if isinstance(item, str) else json.dumps(item), "utf-8")
    return rekindle(capsys, "sources", "sales", str(path), "--file", str(EXAMPLE), *words)


def test_the_tables_are_listed(capsys: Capture) -> None:
    said = rekindle(capsys, "sources", "--file", str(EXAMPLE))

    assert said.status == 0
    assert "tea-sales" in said.out
    assert "cart, order" in said.out
    assert [each["name"] for each in rekindle(capsys, "sources", "--file", str(EXAMPLE), "--json").json["tables"]] == [
        "customers",
        "sales",
    ]


def test_none_is_said(capsys: Capture) -> None:
    assert "docs/own-tables.md" in rekindle(capsys, "sources").out


def test_an_item_tells_its_fact(capsys: Capture, tmp_path: Path) -> None:
    said = tried(capsys, tmp_path, CART)

    assert said.status == 0
    assert said.json == {"facts": [EXPECTED]}


def test_an_item_as_the_aws_command_line_prints_it_tells_the_same(capsys: Capture, tmp_path: Path) -> None:
    line = {"sku": {"S": "green-tea"}, "title": {"S": "Green tea"}, "pieces": {"N": "2"}, "price": {"S": "12.75"}}
    typed = {name: {"S": CART[name]} for name in ("owner", "sk", "touched")}
    typed |= {"sum": {"N": "25.5"}, "items": {"L": [{"M": line}]}}

    assert tried(capsys, tmp_path, {"Item": typed}).json == {"facts": [EXPECTED]}
    assert tried(capsys, tmp_path, typed).json == {"facts": [EXPECTED]}


def test_an_invalid_item_is_reported_with_the_field_s_path(capsys: Capture, tmp_path: Path) -> None:
    said = tried(capsys, tmp_path, CART | {"sum": "twelve"})

    assert (said.status, said.out) == (1, "")
    assert "sales: the item would go to the dead-letter queue: $.total: expected an amount of this currency" in said.err
    assert tried(capsys, tmp_path, CART | {"sum": "twelve"}, "--json").json["fault"].startswith("$.total")


def test_a_cart_whose_lines_are_not_found_is_reported_with_the_field_s_path(capsys: Capture, tmp_path: Path) -> None:
    said = tried(capsys, tmp_path, {name: value for name, value in CART.items() if name != "items"})

    assert (said.status, said.out) == (1, "")
    assert "sales: the item would go to the dead-letter queue: $.lines: expected a list" in said.err


def test_an_item_that_tells_nothing_is_said(capsys: Capture, tmp_path: Path) -> None:
    said = tried(capsys, tmp_path, CART | {"sk": "WISHLIST#1"})

    assert (said.status, said.out) == (0, "")
    assert "becomes no fact" in said.err
    assert tried(capsys, tmp_path, CART | {"sk": "WISHLIST#1"}, "--json").json == {"facts": []}


@pytest.mark.parametrize("item", ["{", "[]", "{}", '"a"', "null"])
def test_what_is_no_item_is_said(capsys: Capture, tmp_path: Path, item: str) -> None:
    said = tried(capsys, tmp_path, item)

    assert said.status == 1
    assert "item.json: " in said.err


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        ('{"sum": NaN}', "not JSON: NaN is not a number"),
        ('{"sum": -Infinity}', "not JSON: -Infinity is not a number"),
        ('{"sum": {"N": "abc"}}', "$.sum: expected a value that DynamoDB can store"),
        ('{"sum": {"N": "NaN"}}', "$.sum: expected a value that DynamoDB can store"),
        ('{"sum": {"N": "Infinity"}}', "$.sum: expected a value that DynamoDB can store"),
        ('{"sum": {"N": null}}', "$.sum: expected a value that DynamoDB can store"),
        ('{"items": {"L": ["green-tea"]}}', "$.items: expected a value that DynamoDB can store"),
        ('{"sk": "CART#1", "sum": 1' + "0" * 40 + "1}", "$.sum: expected a value that DynamoDB can store"),
        ('{"sum": ' + "[" * 100_000, "nested too deeply"),
    ],
)
def test_what_no_item_can_hold_is_said_in_one_sentence(
    capsys: Capture, tmp_path: Path, item: str, problem: str
) -> None:
    said = tried(capsys, tmp_path, item)

    assert (said.status, said.out) == (1, "")
    assert said.err.endswith(f"item.json: {problem}\n")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("coffee", "item.json"), "the mapping has no table 'coffee' (it has: customers, sales)"),
        (("sales",), "name an item too"),
        (("sales", "none.json"), "none.json: No such file"),
    ],
)
def test_what_is_missing_is_said(capsys: Capture, words: tuple[str, ...], problem: str) -> None:
    said = rekindle(capsys, "sources", *words, "--file", str(EXAMPLE))

    assert said.status == 1
    assert problem in said.err


def test_a_mapping_that_does_not_fit_is_said(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("tables: 7", "utf-8")

    said = rekindle(capsys, "sources", "--file", str(path))

    assert said.status == 1
    assert "mine.yaml: $.tables: Expected `array`, got `int`" in said.err
