"""An import that was stopped continues, and its summary is of the whole file."""

import csv
import json
import sys
from pathlib import Path

import pytest

import app
from infra.cli import main as cli
from infra.history import importing
from infra.machine.machine import Machine
from tests.importing.given import Capture, an_order, imported, interrupted_at, written

BAD = (4, 12, 17, 28)
"""Numbers of orders that do not fit; each is in the line of the next number, after the header."""


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 10)


@pytest.fixture
def orders(folder: Path) -> Path:
    """Thirty orders of as many customers, four of which do not fit."""
    rows = [an_order(number, number, **({"currency": "?"} if number in BAD else {})) for number in range(1, 31)]
    return written(folder / "o.csv", rows)


def reported(path: str = "bad.csv") -> list[int]:
    """The lines in the file of rejected rows."""
    with Path(path).open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert header == ["line", "reason"]
    return [int(line) for line, _ in rows]


def stopped(*calls: int, arguments: tuple[str, ...] = ("--rejected", "bad.csv")) -> None:
    """Import, and stop while a customer's rows are being stored."""
    with interrupted_at(*calls):
        assert cli.main(["import", "orders", "o.csv", *arguments]) == 130


def stored() -> int:
    """How many of the customers are known."""
    return len([number for number in range(1, 31) if app.parts.names.find(f"c{number}")])


@pytest.mark.parametrize(
    ("calls", "new"), [((1,), 26), ((9,), 26), ((14,), 26), ((26,), 26), ((14, 15), 21), ((25, 26), 18)], ids=str
)
def test_it_continues_where_it_was_stopped(
    machine: Machine, orders: Path, capsys: Capture, calls: tuple[int, ...], new: int
) -> None:
    """Stopped once: after the rows at hand. Twice: at once, and the next run knows which of them are stored."""
    stopped(*calls)

    status, counts = imported(capsys, "orders", "o.csv", "--rejected", "bad.csv")

    assert (status, counts) == (1, {"rows": 30, "stored": new, "rejected": 4, "dry_run": False})
    assert reported() == [number + 1 for number in BAD]
    assert stored() == 26
    assert list(Path(".rekindle").iterdir()) == []


def test_stopped_once_it_finishes_the_rows_at_hand(machine: Machine, orders: Path, capsys: Capture) -> None:
    stopped(12)

    said = capsys.readouterr()
    assert said.err.splitlines() == ["rekindle: stopped after 20 rows; the same command continues there"]
    assert stored() == 20 - len([number for number in BAD if number <= 20])


def test_stopped_twice_it_stops_at_once(machine: Machine, orders: Path, capsys: Capture) -> None:
    stopped(12, 13)

    said = capsys.readouterr()
    assert "stopped at once; the same command continues from the last saved place" in said.err
    assert stored() == 12


def test_the_summary_is_of_the_whole_file(machine: Machine, orders: Path, capsys: Capture) -> None:
    stopped(1)
    capsys.readouterr()

    assert cli.main(["import", "orders", "o.csv", "--rejected", "bad.csv"]) == 1

    said = capsys.readouterr()
    assert "Continuing after line 11 (--again begins at the first row)." in said.err
    assert [f"line {number + 1}: currency: " in said.err for number in BAD] == [True] * 4
    assert said.out.splitlines() == ["30 rows, 26 new, 4 rejected.", "Imported into the deployed tables."]


def test_rows_rejected_before_make_the_exit_status_too(machine: Machine, folder: Path, capsys: Capture) -> None:
    written(
        folder / "o.csv", [an_order(number, number, total="1.00" if number > 1 else "?") for number in range(1, 31)]
    )
    stopped(1)

    assert imported(capsys, "orders", "o.csv")[0] == 1


def test_a_row_that_was_reported_but_not_saved_is_reported_once(
    machine: Machine, orders: Path, capsys: Capture
) -> None:
    stopped(12, 13)
    assert reported() == [5, 13, 18]  # with those of the batch in which it stopped at once

    imported(capsys, "orders", "o.csv", "--rejected", "bad.csv")

    assert reported() == [number + 1 for number in BAD]


def test_a_report_that_was_deleted_starts_again_and_says_so(machine: Machine, orders: Path, capsys: Capture) -> None:
    stopped(12)
    Path("bad.csv").unlink()

    assert cli.main(["import", "orders", "o.csv", "--rejected", "bad.csv"]) == 1

    assert "bad.csv: it does not list the 3 rows that were rejected before" in capsys.readouterr().err
    assert reported() == [29]


@pytest.mark.parametrize("arguments", [["--map", "coupon=note"], ["--enroll"], ["--source", "shopify"]], ids=str)
def test_other_options_make_it_another_import(
    machine: Machine, orders: Path, capsys: Capture, arguments: list[str]
) -> None:
    stopped(1)
    capsys.readouterr()

    assert cli.main(["import", "orders", "o.csv", *arguments]) == 1

    assert "Continuing" not in capsys.readouterr().err


def test_a_file_that_has_changed_is_another_file(machine: Machine, orders: Path, capsys: Capture) -> None:
    stopped(1)
    written(orders, [an_order(99, 99)])

    assert imported(capsys, "orders", "o.csv")[1]["rows"] == 1


def test_again_begins_at_the_first_row(machine: Machine, orders: Path, capsys: Capture) -> None:
    stopped(1)

    counts = imported(capsys, "orders", "o.csv", "--again", "--rejected", "bad.csv")[1]

    assert (counts["rows"], counts["stored"]) == (30, 17)  # nine of ten rows were there
    assert len(reported()) == 4


@pytest.mark.parametrize("content", ["", "{", "[]", '{"line": "eleven"}', '{"line": 11, "report": 5}'])
def test_progress_that_cannot_be_read_counts_for_nothing(
    machine: Machine, orders: Path, capsys: Capture, content: str
) -> None:
    stopped(1)
    (place,) = Path(".rekindle").iterdir()
    place.write_text(content)

    assert imported(capsys, "orders", "o.csv")[1] == {"rows": 30, "stored": 17, "rejected": 4, "dry_run": False}


def test_a_dry_run_saves_nothing(machine: Machine, orders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli.main(["import", "orders", "o.csv", "--dry-run"]) == 1

    assert not Path(".rekindle").exists()


def test_the_report_may_not_replace_the_imported_file(machine: Machine, orders: Path, capsys: Capture) -> None:
    before = orders.read_text()

    assert cli.main(["import", "orders", "o.csv", "--rejected", "./o.csv"]) == 1

    assert "this is the file to import" in capsys.readouterr().err
    assert orders.read_text() == before


def test_the_bar_begins_where_the_import_continues(
    machine: Machine, orders: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    stopped(12)
    assert "0/31 lines" in capsys.readouterr().err

    cli.main(["import", "orders", "o.csv"])

    shown = capsys.readouterr().err
    assert "21/31 lines" in shown
    assert " 0/31 lines" not in shown
    assert "31/31 lines" in shown


def test_the_progress_is_saved_as_plain_json(machine: Machine, orders: Path) -> None:
    stopped(1)

    (place,) = Path(".rekindle").glob("import-*.json")
    assert json.loads(place.read_text())["rows"] == 10
