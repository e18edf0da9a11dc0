"""One reader for `rekindle import` and `rekindle replay`: names of columns, and formats, that both understand."""

import csv
import json
import re
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.facts.cart import Cart, Line
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.inbound import InboundFact, Person
from chalicelib.domain.facts.order import Order
from chalicelib.domain.money import Money
from chalicelib.sources.history.columns import FileKind
from chalicelib.sources.history.kinds import CARTS, CUSTOMERS, IMPORTED, ORDERS, REPLAYED_CARTS, REPLAYED_ORDERS
from infra.history.reading import JSON_LINES, FileOptions, ParsedRow, parsed_rows
from infra.package.packaged import CHECKOUT

AT = datetime(2026, 1, 5, 10, tzinfo=UTC)
TIME = "2026-01-05T10:00:00Z"
ORDER = {"customer_id": "c1", "placed_at": TIME, "total": 2933, "currency": "USD"}
CART = {"customer_id": "c1", "total": 2933, "currency": "USD"}


def read(folder: Path, suffix: str, kind: FileKind, row: dict[str, Any], **mapping: str) -> tuple[Fact | None, str]:
    """The fact in a file of this row, or the reason why it has none. CSV gets the total, of minor units, in dollars."""
    file = folder / f"file.{suffix}"
    if suffix == "csv":
        cells = {name: f"{value / 100:.2f}" if name == "total" else value for name, value in row.items()}
        writer = csv.DictWriter(text := StringIO(newline=""), list(cells))
        writer.writeheader()
        writer.writerow(cells)
        file.write_text(text.getvalue(), "utf-8")
    else:
        file.write_text(json.dumps(row), "utf-8")
    (found,) = parsed_rows(file, kind, FileOptions(mapping=mapping))
    return found.facts[0].fact if found.facts else None, found.reason


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "ndjson", "json"])
@pytest.mark.parametrize("kind", [ORDERS, REPLAYED_ORDERS], ids=["import", "replay"])
@pytest.mark.parametrize("name", ["id", "order_id"])
def test_both_commands_know_an_orders_id_by_both_names(tmp_path: Path, suffix: str, kind: FileKind, name: str) -> None:
    found = read(tmp_path, suffix, kind, ORDER | {name: "o1"})

    assert found == (Order("o1", AT, Money(2933, "USD"), AT), "")


@pytest.mark.parametrize("zone", ["Mars", "UTC+9", ""])
def test_a_time_zone_that_nobody_knows_means_the_shop_s(tmp_path: Path, zone: str) -> None:
    (tmp_path / "c.csv").write_text(f"id,at,email,time_zone\nc1,2026-03-01T09:00:00Z,c1@example.com,{zone}\n")

    (found,) = parsed_rows(tmp_path / "c.csv", CUSTOMERS)

    (told,) = found.facts
    assert isinstance(told.fact, Customer)
    assert (told.fact.zone, told.fact.email) == (None, "c1@example.com")


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
@pytest.mark.parametrize("kind", [CARTS, REPLAYED_CARTS], ids=["import", "replay"])
@pytest.mark.parametrize("name", ["id", "cart_id"])
@pytest.mark.parametrize("time", ["at", "updated_at"])
def test_both_know_a_carts_id_and_time_by_both_names(
    tmp_path: Path, suffix: str, kind: FileKind, name: str, time: str
) -> None:
    lines = {"products": "tea"} if suffix == "csv" else {"lines": [{"product": "tea", "name": "tea"}]}

    found = read(tmp_path, suffix, kind, CART | {name: "k1", time: TIME} | lines)

    assert found == (Cart("k1", AT, Money(2933, "USD"), (Line("tea", "tea"),)), "")


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_a_customers_id_may_be_called_as_it_is_elsewhere(tmp_path: Path, suffix: str) -> None:
    assert read(tmp_path, suffix, CUSTOMERS, {"customer_id": "c1", "at": TIME}) == (Customer("", AT), "")


@pytest.mark.parametrize("kind", [CARTS, REPLAYED_CARTS], ids=["import", "replay"])
def test_lines_may_be_counted_where_products_are_unknown(tmp_path: Path, kind: FileKind) -> None:
    found, _ = read(tmp_path, "csv", kind, CART | {"id": "k1", "at": TIME, "lines": 2})

    assert isinstance(found, Cart)
    assert found.lines == (Line("item-1", "Item 1", 1, 1467), Line("item-2", "Item 2", 1, 1466))


@pytest.mark.parametrize(("kind", "known_by"), [(ORDERS, "one"), (REPLAYED_ORDERS, "two")], ids=["import", "replay"])
def test_of_two_ids_in_csv_each_command_takes_the_one_it_always_took(
    tmp_path: Path, kind: FileKind, known_by: str
) -> None:
    found, _ = read(tmp_path, "csv", kind, ORDER | {"id": "one", "order_id": "two"})

    assert isinstance(found, Order)
    assert found.id == known_by


def test_a_field_that_import_does_not_know_is_refused_in_json_and_ignored_in_csv(tmp_path: Path) -> None:
    row = ORDER | {"id": "o1", "order_id": "two"}

    assert read(tmp_path, "jsonl", ORDERS, row) == (None, "order_id: is unknown")
    assert read(tmp_path, "csv", ORDERS, row)[1] == ""


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_replay_ignores_what_it_does_not_play(tmp_path: Path, suffix: str) -> None:
    """An import would read them: at and coupon come later than the row, and no mail leaves."""
    later = {"at": "2026-02-01T00:00:00Z", "coupon": "TEN", "email": "ann@example.com", "note": "?", "type": "order"}

    found, reason = read(tmp_path, suffix, REPLAYED_ORDERS, ORDER | {"id": "o1"} | later)

    assert (found, reason) == (Order("o1", AT, Money(2933, "USD"), AT), "")


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
@pytest.mark.parametrize(("text", "hour"), [("2026-01-05", 0), ("2026-01-05 10:00", 10), ("2026-01-05T10:00+09:00", 1)])
def test_replay_takes_a_time_without_an_offset_as_utc(tmp_path: Path, suffix: str, text: str, hour: int) -> None:
    found, _ = read(tmp_path, suffix, REPLAYED_ORDERS, ORDER | {"id": "o1", "placed_at": text})

    assert isinstance(found, Order)
    assert found.placed_at == AT.replace(hour=hour)


@pytest.mark.parametrize("text", ["2026-01-05", "2026-01-05T10:00:00", "yesterday", ""])
def test_import_needs_the_offset(tmp_path: Path, text: str) -> None:
    found, reason = read(tmp_path, "csv", ORDERS, ORDER | {"id": "o1", "placed_at": text})

    expected = "expected a time with its offset, such as 2026-03-02T10:05:00Z"
    assert (found, reason) == (None, f"placed_at: {expected}, got {text!r}")


@pytest.mark.parametrize(
    ("suffix", "kind", "change", "reason"),
    [
        ("csv", ORDERS, {"order_id": "a b"}, "order_id: expected 1 to 128 of the letters"),
        ("jsonl", ORDERS, {"order_id": "a b"}, "order_id: expected 1 to 128 of the letters"),
        ("csv", REPLAYED_ORDERS, {"id": "a b"}, "id: expected 1 to 128 of the letters"),
        ("jsonl", REPLAYED_ORDERS, {"id": "a b"}, "id: expected 1 to 128 of the letters"),
        ("jsonl", ORDERS, {}, "id: is required"),
        ("jsonl", REPLAYED_ORDERS, {}, "order_id: is required"),
        ("jsonl", REPLAYED_ORDERS, {"id": "o", "placed_at": "soon"}, "placed_at: expected an ISO date or date-time"),
        ("jsonl", REPLAYED_ORDERS, {"id": "o", "placed_at": 5}, "placed_at: expected `datetime`, got `int`"),
        ("jsonl", REPLAYED_ORDERS, {"id": "o", "total": 29.33}, "total: expected `int`, got `float`"),
        ("jsonl", REPLAYED_CARTS, {"id": "k", "at": TIME, "lines": 3}, "lines: expected `array`, got `int`"),
        ("csv", CARTS, {"id": "k", "at": TIME, "lines": "x"}, "lines: expected a whole number from 0 to 500, got 'x'"),
        ("csv", CUSTOMERS, {"id": "c", "at": TIME, "marketing": "maybe"}, "marketing: expected yes or no, got 'maybe'"),
        ("csv", ORDERS, {"id": "o", "email": "ann@"}, "email: expected an e-mail address"),
        ("csv", ORDERS, {"id": "", "total": 1.5}, "id: expected 1 to 128 of the letters"),
        ("csv", REPLAYED_ORDERS, {"id": "o", "total": 0.1, "currency": "usd"}, "currency: expected an ISO 4217 code"),
    ],
)  # fmt: skip
def test_a_reason_begins_with_the_files_own_column(
    tmp_path: Path, suffix: str, kind: FileKind, change: dict[str, Any], reason: str
) -> None:
    found, problem = read(tmp_path, suffix, kind, (ORDER if kind.tag == "order" else CART) | change)

    assert found is None
    assert problem.startswith(reason)


def test_an_address_is_not_quoted(tmp_path: Path) -> None:
    assert read(tmp_path, "csv", ORDERS, ORDER | {"id": "o", "email": "ann@"})[1] == "email: expected an e-mail address"


def test_a_mapped_column_stands_for_every_name_of_its_field(tmp_path: Path) -> None:
    row = ORDER | {"order_id": "two", "number": "three"}

    found, _ = read(tmp_path, "csv", ORDERS, row, id="number")

    assert isinstance(found, Order)
    assert found.id == "three"


@pytest.mark.parametrize("kind", [ORDERS, REPLAYED_ORDERS], ids=["import", "replay"])
def test_a_row_is_of_the_shops_customer(tmp_path: Path, kind: FileKind) -> None:
    (tmp_path / "o.jsonl").write_text(json.dumps(ORDER | {"id": "o1"}))

    (found,) = parsed_rows(tmp_path / "o.jsonl", kind)

    owner = Person("shop", "c1", visitors=("order#o1",))
    assert found == ParsedRow(1, (InboundFact(Order("o1", AT, Money(2933, "USD"), AT), owner),))


@pytest.mark.parametrize("kind", IMPORTED)
def test_the_docs_list_every_column_and_every_format(kind: str) -> None:
    text = (CHECKOUT / "docs" / "import.md").read_text("utf-8")
    (row,) = [line for line in text.splitlines() if line.startswith(f"| {kind} |")]

    assert re.findall(r"`([\w ]+)`", row.split("|")[2]) == [column.name for column in IMPORTED[kind].columns]
    assert all(f"`{suffix}`" in text for suffix in JSON_LINES)
