"""``rekindle import``: a shop's history comes in whole, once, and begins nothing unless told to."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.domain.errors import Unavailable
from chalicelib.services.ingest import Ingest
from infra import cli
from infra.commands import load
from infra.local.clock import VirtualClock
from infra.local.machine import Machine
from infra.local_state import TABLES
from tests.builders import START

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """A running stack, named ``rekindle`` so that the command takes it for a deployed one."""
    monkeypatch.chdir(tmp_path)
    with Machine(VirtualClock(START), behaviour=None) as running:
        yield running


def written(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """A CSV file of these rows."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
    return path


def a_customer(number: int, **more: Any) -> dict[str, Any]:
    """A row about a customer who agreed to marketing."""
    known = {"id": f"c{number}", "at": (START - DAY).isoformat(), "email": f"c{number}@example.com", "marketing": "yes"}
    return known | more


def an_order(number: int, customer: int = 1, **more: Any) -> dict[str, Any]:
    """A row about an order of a day ago."""
    placed = {"customer_id": f"c{customer}", "id": f"o{number}", "placed_at": (START - DAY).isoformat()}
    return placed | {"total": "29.33", "currency": "USD", "products": "tea cup"} | more


def imported(capsys: Capture, *arguments: str) -> tuple[int, dict[str, int]]:
    """The exit status, and what ``--json`` tells."""
    capsys.readouterr()
    status = cli.main(["import", *arguments, "--json"])
    return status, json.loads(capsys.readouterr().out)


def test_customers_and_orders_come_in_whole(machine: Machine, capsys: Capture, tmp_path: Path) -> None:
    people = written(tmp_path / "c.csv", [a_customer(1, name="김하늘", language="ko", country="KR"), a_customer(2)])
    orders = written(tmp_path / "o.csv", [an_order(1), an_order(2, 2, total="12,000"), an_order(3, 2, refunded="1.00")])

    assert imported(capsys, "customers", str(people)) == (0, {"rows": 2, "stored": 2, "rejected": 0, "dry_run": False})
    assert imported(capsys, "orders", str(orders))[1] == {"rows": 3, "stored": 2, "rejected": 1, "dry_run": False}

    first = wiring.commerce().facts(wiring.commerce().find("c1@example.com") or "")
    assert (first.customer.name, first.customer.language, first.customer.country) == ("김하늘", "ko", "KR")
    assert (first.orders["o1"].total.amount, first.orders["o1"].products) == (2933, ("tea", "cup"))
    second = wiring.commerce().facts(wiring.commerce().find("c2") or "")
    assert second.orders["o3"].net == 2833


def test_json_lines_are_the_bodies_of_the_api(machine: Machine, capsys: Capture, tmp_path: Path) -> None:
    cart = {"customer_id": "c1", "id": "k1", "at": START.isoformat(), "total": 1250, "currency": "USD"}
    lines = [{"product": "tea", "name": "Green tea", "price": 1250}]
    file = tmp_path / "carts.jsonl"
    file.write_text("\n".join([json.dumps(cart | {"lines": lines}), "", "{", '["no"]', json.dumps(cart | {"x": 1})]))

    status, told = imported(capsys, "carts", str(file), "--rejected", "bad.csv")

    assert (status, told["rows"], told["stored"], told["rejected"]) == (1, 4, 1, 3)
    with Path("bad.csv").open(newline="") as bad:
        assert list(csv.reader(bad)) == [
            ["line", "reason"], ["3", "row: expected JSON"], ["4", "row: expected an object"], ["5", "x: is unknown"],
        ]  # fmt: skip
    (line,) = wiring.commerce().facts(wiring.commerce().find("c1") or "").carts["k1"].lines
    assert (line.name, line.price) == ("Green tea", 1250)


@pytest.mark.parametrize("enroll", [False, True])
def test_history_begins_nothing_unless_told_to(machine: Machine, capsys: Capture, tmp_path: Path, enroll: bool) -> None:
    said = ["--enroll"] if enroll else []
    people = written(tmp_path / "c.csv", [a_customer(1)])
    cart = {"customer_id": "c1", "id": "k1", "at": (START - HOUR).isoformat(), "total": "12.50", "currency": "USD"}
    carts = written(tmp_path / "k.csv", [cart | {"products": "tea"}])
    orders = written(tmp_path / "o.csv", [an_order(1, placed_at=(START - 9 * DAY).isoformat())])
    for kind, file in (("customers", people), ("carts", carts), ("orders", orders)):
        assert imported(capsys, kind, str(file), *said)[0] == 0
    machine.pump()

    known = wiring.engagement().customer(wiring.commerce().find("c1") or "")
    journeys = {"abandoned_cart", "nps_survey", "win_back"} if enroll else set()
    assert {run.journey for run in known.enrollments} == journeys
    assert known.standing
    assert known.standing.orders == 1
    machine.advance_to(START + DAY)
    assert [mail.tags["step"] for mail in machine.inbox.mails] == (["reminder"] if enroll else [])


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

    told = capsys.readouterr()
    assert "6 rows, 1 new, 5 rejected." in told.out
    for line, field in ((3, "total"), (4, "currency"), (5, "placed_at"), (6, "customer_id"), (7, "total")):
        assert f"line {line}: {field}: " in told.err


def test_it_goes_on_where_it_was_stopped(
    machine: Machine, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path / "o.csv", [an_order(number, number) for number in range(1, 31)])
    monkeypatch.setattr(load, "BATCH", 10)
    monkeypatch.setattr("infra.deployed.settings", lambda stack: {})
    ingest = Ingest.__call__
    calls: list[int] = []

    def stopping(self: Ingest, told: Any, *, past: bool = False) -> int:
        calls.append(len(told))
        if len(calls) == 15:
            raise KeyboardInterrupt
        return ingest(self, told, past=past)

    with monkeypatch.context() as stopped:
        stopped.setattr(Ingest, "__call__", stopping)
        assert cli.main(["import", "orders", str(file), "--stack", "rekindle"]) == 130
    assert "the same command goes on from there" in capsys.readouterr().err

    status, told = imported(capsys, "orders", str(file), "--stack", "rekindle")

    assert (status, told["rows"]) == (0, 20)
    assert len([number for number in range(1, 31) if wiring.commerce().find(f"c{number}")]) == 30
    assert imported(capsys, "orders", str(file), "--stack", "rekindle")[1] == {
        "rows": 30, "stored": 0, "rejected": 0, "dry_run": False,
    }  # fmt: skip
    assert list(Path(".rekindle").glob("import-*")) == []


def test_what_dynamodb_puts_off_is_tried_again(
    machine: Machine, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest, refusals = Ingest.__call__, [Unavailable("Throttled"), Unavailable("Throttled")]
    pauses: list[float] = []

    def throttled(self: Ingest, told: Any, *, past: bool = False) -> int:
        if refusals:
            raise refusals.pop()
        return ingest(self, told, past=past)

    monkeypatch.setattr(Ingest, "__call__", throttled)
    monkeypatch.setattr(load, "sleep", pauses.append)

    assert imported(capsys, "orders", str(written(tmp_path / "o.csv", [an_order(1)])))[1]["stored"] == 1
    assert pauses == [1, 2]


def test_a_dry_run_stores_nothing(machine: Machine, capsys: Capture, tmp_path: Path) -> None:
    file = written(tmp_path / "o.csv", [an_order(1), an_order(2, total="x")])

    assert imported(capsys, "orders", str(file), "--dry-run") == (
        1, {"rows": 2, "stored": 0, "rejected": 1, "dry_run": True},
    )  # fmt: skip
    assert wiring.commerce().find("c1") is None


def test_columns_may_have_other_names(machine: Machine, capsys: Capture, tmp_path: Path) -> None:
    row = {"order_number" if name == "id" else name: value for name, value in an_order(1).items()}
    file = written(tmp_path / "o.csv", [row])

    assert cli.main(["import", "orders", str(file)]) == 1
    assert "one column 'id' is needed" in capsys.readouterr().err
    assert imported(capsys, "orders", str(file), "--map", "id=order_number")[0] == 0
    assert cli.main(["import", "orders", str(file), "--map", "number=order_number"]) == 1
    assert "expected FIELD=COLUMN" in capsys.readouterr().err


def test_a_file_that_is_not_there(machine: Machine, capsys: Capture) -> None:
    assert cli.main(["import", "orders", "none.csv"]) == 1
    assert "none.csv" in capsys.readouterr().err


def test_without_a_stack_it_goes_to_a_local_machine(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for table in TABLES:
        monkeypatch.delenv(table, raising=False)

    assert imported(capsys, "orders", str(written(tmp_path / "o.csv", [an_order(1), an_order(2, 2)])))[0] == 0

    assert cli.main(["kpis", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["shop"]["orders"]["value"] == 2
    assert cli.main(["show", "c2"]) == 0


def test_help_tells_the_columns(capsys: Capture) -> None:
    assert cli.main(["import", "--help"]) == 0
    told = capsys.readouterr().out
    assert "customer_id, id, placed_at, total, currency, [at]" in told
    assert "--dry-run" in told
