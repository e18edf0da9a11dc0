"""Without a stack an import can be stopped as well, and nothing else changes the saved tables meanwhile."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.cli import main as cli
from infra.history import importing
from infra.machine.machine import Machine
from infra.package.packaged import CHECKOUT
from infra.saved.state import STATE, TABLES, read_header
from tests.importing.given import (
    YESTERDAY,
    Capture,
    a_customer,
    a_run,
    an_order,
    figure,
    imported,
    interrupted_at,
    is_recounted,
    ran,
    tables,
    written,
)
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


@pytest.fixture
def orders(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Thirty orders of ten customers, taken ten at a time."""
    monkeypatch.setattr(importing, "BATCH", 10)
    return written(folder / "o.csv", [an_order(number, number % 10) for number in range(1, 31)])


@pytest.mark.parametrize("calls", [(1,), (14,), (29,), (30,)], ids=str)
def test_it_continues_where_it_was_stopped(orders: Path, capsys: Capture, calls: tuple[int, ...]) -> None:
    ran(capsys, "import", "orders", "o.csv")
    whole = tables()
    Path(STATE).unlink()

    with interrupted_at(*calls):
        assert cli.main(["import", "orders", "o.csv"]) == 130
    assert "the same command continues there" in capsys.readouterr().err
    assert is_recounted()
    status, counts = imported(capsys, "orders", "o.csv")

    assert (status, counts) == (0, {"rows": 30, "stored": 30, "rejected": 0, "dry_run": False})
    assert tables() == whole
    assert is_recounted()
    assert left_places() == {}


def left_places() -> object:
    """The places of unfinished imports."""
    found = read_header()
    return found and found.places


def test_stopped_twice_it_changes_nothing(orders: Path, capsys: Capture) -> None:
    ran(capsys, "import", "customers", str(written(Path("c.csv"), [a_customer(1)])))
    before = STATE.read_bytes()

    with interrupted_at(12, 13):
        assert cli.main(["import", "orders", "o.csv", "--rejected", "bad.csv"]) == 130
    assert STATE.read_bytes() == before

    assert imported(capsys, "orders", "o.csv")[1] == {"rows": 30, "stored": 30, "rejected": 0, "dry_run": False}


def test_stopped_while_it_saves_it_changes_nothing(
    orders: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran(capsys, "import", "customers", str(written(Path("c.csv"), [a_customer(1)])))
    before, dumps = STATE.read_bytes(), json.dumps

    def typing(value: object, **how: object) -> str:
        if isinstance(value, list) and value[0] == "commerce":
            raise KeyboardInterrupt
        return dumps(value, **how)  # type: ignore[arg-type]

    with monkeypatch.context() as saving:
        saving.setattr("infra.saved.state.json.dumps", typing)
        assert cli.main(["import", "orders", "o.csv"]) == 130
    assert STATE.read_bytes() == before

    assert imported(capsys, "orders", "o.csv")[1]["stored"] == 30


def test_it_begins_again_where_another_run_replaced_the_tables(orders: Path, capsys: Capture) -> None:
    with interrupted_at(1):
        assert cli.main(["import", "orders", "o.csv"]) == 130
    a_run(YESTERDAY)

    assert imported(capsys, "orders", "o.csv")[1]["stored"] == 30
    assert figure(capsys, "orders") == 30


def test_other_commands_in_between_leave_the_place(orders: Path, capsys: Capture) -> None:
    with interrupted_at(1):
        assert cli.main(["import", "orders", "o.csv"]) == 130
    ran(capsys, "pause", "win_back")
    ran(capsys, "import", "customers", str(written(Path("c.csv"), [a_customer(1)])))
    capsys.readouterr()

    assert cli.main(["import", "orders", "o.csv"]) == 0

    said = capsys.readouterr()
    assert "Continuing after line 11 " in said.err
    assert "30 rows, 30 new" in said.out
    assert figure(capsys, "orders") == 30


def test_a_new_one_that_was_stopped_continues(orders: Path, capsys: Capture) -> None:
    ran(capsys, "import", "orders", str(written(Path("p.csv"), [an_order(99)])))
    with interrupted_at(1):
        assert cli.main(["import", "orders", "o.csv", "--new"]) == 130

    assert imported(capsys, "orders", "o.csv", "--new")[1]["stored"] == 30
    assert figure(capsys, "orders") == 30


def test_no_other_command_changes_the_saved_tables_meanwhile(
    orders: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran(capsys, "import", "customers", str(written(Path("c.csv"), [a_customer(1)])))
    before, pump = STATE.read_bytes(), Machine.pump
    refused: list[str] = []

    def meanwhile(self: Machine) -> None:
        pump(self)
        if not refused:
            refused.append(another_command("pause", "win_back"))
            assert STATE.read_bytes() == before

    monkeypatch.setattr(Machine, "pump", meanwhile)
    ran(capsys, "import", "orders", "o.csv")

    assert f"rekindle import (process {os.getpid()})" in refused[0]
    assert figure(capsys, "orders") == 30


def another_command(*words: str) -> str:
    """The error of a command that fails in a process of its own, where no deployed tables are named."""
    here = {name: value for name, value in os.environ.items() if name not in TABLES} | {"PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-c", "import sys; from infra.cli.main import main; sys.exit(main())", *words]
    done = subprocess.run(command, env=here, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    return done.stderr


def test_what_cannot_be_read_is_not_added_to(orders: Path, capsys: Capture) -> None:
    STATE.parent.mkdir()
    STATE.write_bytes(b"not gzip")

    assert cli.main(["import", "orders", "o.csv"]) == 1
    assert "not a saved local run" in capsys.readouterr().err
    assert STATE.read_bytes() == b"not gzip"
    assert cli.main(["import", "orders", "o.csv", "--new"]) == 0
