"""``rekindle import``: a shop's history is imported completely and once, and begins nothing without --enroll."""

import csv
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import app
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.journeys.run import Status
from chalicelib.services.ingest import Ingest
from infra.cli import main as cli
from infra.history import storing
from infra.machine.environment import login
from infra.machine.machine import Machine
from tests.builders import START
from tests.importing.given import DAY, HOUR, Capture, a_customer, an_order, imported, written
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


def test_customers_and_orders_are_imported_completely(machine: Machine, capsys: Capture, tmp_path: Path) -> None:
    people = written(tmp_path / "c.csv", [a_customer(1, name="김하늘", language="ko", country="KR"), a_customer(2)])
    orders = written(tmp_path / "o.csv", [an_order(1), an_order(2, 2, total="12,000"), an_order(3, 2, refunded="1.00")])

    assert imported(capsys, "customers", str(people)) == (0, {"rows": 2, "stored": 2, "rejected": 0, "dry_run": False})
    assert imported(capsys, "orders", str(orders))[1] == {"rows": 3, "stored": 2, "rejected": 1, "dry_run": False}

    first = app.parts.facts.of(app.parts.names.find("c1@example.com") or "")
    assert (first.customer.name, first.customer.language, first.customer.country) == ("김하늘", "ko", "KR")
    assert (first.orders["o1"].total.amount, first.orders["o1"].products) == (2933, ("tea", "cup"))
    second = app.parts.facts.of(app.parts.names.find("c2") or "")
    assert second.orders["o3"].net == 2833


def test_json_lines_are_the_bodies_of_the_api(machine: Machine, capsys: Capture, tmp_path: Path) -> None:
    cart = {"customer_id": "c1", "id": "k1", "at": START.isoformat(), "total": 1250, "currency": "USD"}
    lines = [{"product": "tea", "name": "Green tea", "price": 1250}]
    file = tmp_path / "carts.jsonl"
    file.write_text("\n".join([json.dumps(cart | {"lines": lines}), "", "{", '["no"]', json.dumps(cart | {"x": 1})]))

    status, counts = imported(capsys, "carts", str(file), "--rejected", "bad.csv")

    assert (status, counts["rows"], counts["stored"], counts["rejected"]) == (1, 4, 1, 3)
    with Path("bad.csv").open(newline="") as bad:
        assert list(csv.reader(bad)) == [
            ["line", "reason"], ["3", "row: expected JSON"], ["4", "row: expected an object"], ["5", "x: is unknown"],
        ]  # fmt: skip
    (line,) = app.parts.facts.of(app.parts.names.find("c1") or "").carts["k1"].lines
    assert (line.name, line.price) == ("Green tea", 1250)


@pytest.mark.parametrize("enroll", [False, True])
def test_history_begins_nothing_without_enroll(machine: Machine, capsys: Capture, tmp_path: Path, enroll: bool) -> None:
    said = ["--enroll"] if enroll else []
    people = written(tmp_path / "c.csv", [a_customer(1)])
    cart = {"customer_id": "c1", "id": "k1", "at": (START - HOUR).isoformat(), "total": "12.50", "currency": "USD"}
    carts = written(tmp_path / "k.csv", [cart | {"products": "tea"}])
    orders = written(tmp_path / "o.csv", [an_order(1, placed_at=(START - 9 * DAY).isoformat())])
    for kind, file in (("customers", people), ("carts", carts), ("orders", orders)):
        assert imported(capsys, kind, str(file), *said)[0] == 0
    machine.pump()

    known = app.parts.engagement.of(app.parts.names.find("c1") or "")
    journeys = {"abandoned_cart", "nps_survey", "win_back"} if enroll else set()
    assert {run.journey for run in known.enrollments} == journeys
    assert known.standing
    assert known.standing.orders == 1
    machine.advance_to(START + DAY)
    assert [mail.tags["step"] for mail in machine.inbox.mails] == (["reminder"] if enroll else [])


def a_cart(number: int, left: timedelta) -> dict[str, Any]:
    """A row about a cart that was left so long ago."""
    cart = {"customer_id": "c1", "id": f"k{number}", "at": (START - left).isoformat(), "products": "tea"}
    return cart | {"total": "12.50", "currency": "USD"}


def runs(machine: Machine) -> dict[str, Status]:
    """The journeys of the first customer, and whether they still run."""
    machine.pump()
    known = app.parts.engagement.of(app.parts.names.find("c1") or "")
    return {run.journey: run.status for run in known.enrollments}


@pytest.mark.parametrize(("left", "begun"), [(HOUR, True), (3 * DAY + 23 * HOUR, True), (4 * DAY + HOUR, False)])
def test_enrolling_begins_nothing_whose_first_step_was_due_three_days_ago(
    machine: Machine, capsys: Capture, tmp_path: Path, left: timedelta, begun: bool
) -> None:
    """A cart's first step is due after a day."""
    imported(capsys, "customers", str(written(tmp_path / "c.csv", [a_customer(1)])), "--enroll")

    imported(capsys, "carts", str(written(tmp_path / "k.csv", [a_cart(1, left)])), "--enroll")

    assert runs(machine) == ({"abandoned_cart": Status.WAITING} if begun else {})


def test_history_ends_what_runs(machine: Machine, capsys: Capture, tmp_path: Path) -> None:
    imported(capsys, "customers", str(written(tmp_path / "c.csv", [a_customer(1)])))
    imported(capsys, "carts", str(written(tmp_path / "k.csv", [a_cart(1, HOUR)])), "--enroll")
    assert runs(machine) == {"abandoned_cart": Status.WAITING}

    ordered = an_order(1, placed_at=(START - HOUR / 2).isoformat(), cart_id="k1")
    imported(capsys, "orders", str(written(tmp_path / "o.csv", [ordered])))

    assert runs(machine) == {"abandoned_cart": Status.ENDED}
    machine.advance_to(START + 3 * DAY)
    assert machine.inbox.mails == []


@pytest.mark.parametrize("products", ["", "tea", "tea pot"])
def test_an_imported_cart_that_changes_afterwards_begins_its_reminder_as_ever(
    machine: Machine, capsys: Capture, tmp_path: Path, products: str
) -> None:
    imported(capsys, "customers", str(written(tmp_path / "c.csv", [a_customer(1)])))
    imported(capsys, "carts", str(written(tmp_path / "k.csv", [a_cart(1, HOUR) | {"products": products}])))
    assert runs(machine) == {}

    filled = {name: value for name, value in a_cart(1, HOUR / 2).items() if name != "products"} | {"total": 2500}
    lines = {"lines": [{"product": "tea", "name": "Tea", "quantity": 2, "price": 1250}]}
    key = login("/v1/facts")
    assert machine.request("POST", "/v1/facts", {"type": "cart"} | filled | lines, key).status == 202

    assert runs(machine) == {"abandoned_cart": Status.WAITING}


def test_an_imported_order_that_changes_afterwards_begins_nothing(
    machine: Machine, capsys: Capture, tmp_path: Path
) -> None:
    imported(capsys, "customers", str(written(tmp_path / "c.csv", [a_customer(1)])))
    imported(capsys, "orders", str(written(tmp_path / "o.csv", [an_order(1, placed_at=(START - HOUR).isoformat())])))

    refunded = an_order(1, placed_at=(START - HOUR).isoformat(), at=START.isoformat())
    refunded |= {"total": 2933, "refunded": 500, "products": []}
    key = login("/v1/facts")
    assert machine.request("POST", "/v1/facts", {"type": "order"} | refunded, key).status == 202

    assert runs(machine) == {}


def test_what_happens_after_the_import_begins_journeys_as_ever(
    machine: Machine, capsys: Capture, tmp_path: Path
) -> None:
    cart = {"customer_id": "c1", "id": "k1", "at": (START - HOUR).isoformat(), "total": "12.50", "currency": "USD"}
    imported(capsys, "customers", str(written(tmp_path / "c.csv", [a_customer(1)])))
    imported(capsys, "carts", str(written(tmp_path / "k.csv", [cart | {"products": "tea"}])))
    imported(capsys, "carts", str(written(tmp_path / "k2.csv", [cart | {"id": "k2", "products": "tea"}])), "--enroll")
    machine.advance_to(START + DAY)

    (mail,) = machine.inbox.mails
    assert mail.tags["step"] == "reminder"


def test_rejected_rows_have_their_line_and_reason(machine: Machine, capsys: Capture, tmp_path: Path) -> None:
    rows = [
        an_order(1),
        an_order(2, total="9.999"),
        an_order(3, currency="dollars"),
        an_order(4, placed_at="yesterday"),
        an_order(5, customer_id=""),
        an_order(6, total="-1.00"),
    ]
    file = written(tmp_path / "o.csv", rows)

    assert cli.main(["import", "orders", str(file)]) == 1

    printed = capsys.readouterr()
    assert "6 rows, 1 new, 5 rejected." in printed.out
    for line, field in ((3, "total"), (4, "currency"), (5, "placed_at"), (6, "customer_id"), (7, "total")):
        assert f"line {line}: {field}: " in printed.err


def test_a_throttled_write_is_retried(
    machine: Machine, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest, refusals = Ingest.__call__, [Unavailable("Throttled"), Unavailable("Throttled")]
    pauses: list[float] = []

    def throttled(self: Ingest, facts: Any, *, past: bool = False) -> int:
        if refusals:
            raise refusals.pop()
        return ingest(self, facts, past=past)

    monkeypatch.setattr(Ingest, "__call__", throttled)
    monkeypatch.setattr(storing, "sleep", pauses.append)

    assert imported(capsys, "orders", str(written(tmp_path / "o.csv", [an_order(1)])))[1]["stored"] == 1
    assert pauses == [1, 2]


def test_a_dry_run_stores_nothing(machine: Machine, capsys: Capture, tmp_path: Path) -> None:
    file = written(tmp_path / "o.csv", [an_order(1), an_order(2, total="x")])

    assert imported(capsys, "orders", str(file), "--dry-run") == (
        1, {"rows": 2, "stored": 0, "rejected": 1, "dry_run": True},
    )  # fmt: skip
    assert app.parts.names.find("c1") is None


def test_columns_may_have_other_names(machine: Machine, capsys: Capture, tmp_path: Path) -> None:
    row = {"order_number" if name == "id" else name: value for name, value in an_order(1).items()}
    file = written(tmp_path / "o.csv", [row])

    assert cli.main(["import", "orders", str(file)]) == 1
    assert "o.csv:1: id: is missing" in capsys.readouterr().err
    assert imported(capsys, "orders", str(file), "--map", "id=order_number")[0] == 0
    assert cli.main(["import", "orders", str(file), "--map", "number=order_number"]) == 1
    assert "expected NAME=COLUMN" in capsys.readouterr().err


def test_a_file_that_is_not_there(machine: Machine, capsys: Capture) -> None:
    assert cli.main(["import", "orders", "none.csv"]) == 1
    assert "none.csv" in capsys.readouterr().err


def test_help_lists_the_columns(capsys: Capture) -> None:
    assert cli.main(["import", "--help"]) == 0
    text = capsys.readouterr().out
    assert "[customer_id], id or order_id, placed_at, total, currency, [at]" in text
    assert "--dry-run" in text
