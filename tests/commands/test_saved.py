"""The saved tables of a local run: readers cannot write, and changes go through the engine, all or nothing."""

import gzip
import inspect
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.errors import Conflict
from chalicelib.domain.figures.breaker import Pause
from infra.machine.machine import Machine
from infra.package.packaged import CHECKOUT
from infra.saved.change import changing
from infra.saved.reader import SavedTable
from infra.saved.state import STATE, Row, read_header, reading
from infra.saved.stores import Stores, stores
from infra.terminal.problem import Problem
from tests.commands.given import rekindle, saved
from tests.journeys.shop import Open, Shop
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
Capture = pytest.CaptureFixture[str]
READS = {"get", "between", "partition", "batch_get", "batch_get_some", "last", "scan"}
METHODS = {name for name, _ in inspect.getmembers(Table, inspect.isfunction) if not name.startswith("_")}


@pytest.fixture
def left(open_shop: Open) -> Shop:
    """Ann left a cart, and the run ended while her reminder waited."""
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.leaves_cart("ann")
    saved(shop)
    return shop


def test_a_saved_table_is_read_like_any_other() -> None:
    items = [{"pk": "a", "sk": "X#2"}, {"pk": "a", "sk": "X#1"}, {"pk": "a", "sk": "Y"}, {"pk": "b", "sk": "X#1"}]
    table = SavedTable("engagement", items)

    assert table.get({"pk": "a", "sk": "Y"}) == {"pk": "a", "sk": "Y"}
    assert table.get({"pk": "c", "sk": "Y"}) is None
    assert [item["sk"] for item in table.partition("a")] == ["X#1", "X#2", "Y"]
    assert [item["sk"] for item in table.partition("a", "X#")] == ["X#1", "X#2"]
    assert len(list(table.scan())) == 4
    assert len(list(table.scan("X#"))) == 3
    assert table.last("a", "X#", 1) == [{"pk": "a", "sk": "X#2"}]
    assert [item["sk"] for item in table.last("a", "X#", 9)] == ["X#2", "X#1"]
    assert table.last("a", "Z", 9) == []
    assert table.batch_get_some([{"pk": "b", "sk": "X#1"}, {"pk": "z", "sk": "z"}]) == ([items[3]], [])
    assert table.batch_get([{"pk": "b", "sk": "X#1"}, {"pk": "b", "sk": "X#1"}, {"pk": "z", "sk": "z"}]) == [items[3]]


@pytest.mark.parametrize("method", sorted(METHODS - READS))
def test_a_saved_table_refuses_everything_but_reading(method: str) -> None:
    item = {"pk": "a", "sk": "Y"}
    table = SavedTable("engagement", [item])

    with pytest.raises(Problem, match=r"the saved table engagement (can only be read|has no index: it is read whole)"):
        getattr(table, method)(item)

    assert list(table.scan()) == [item]


def test_an_error_of_who_reads_a_saved_run_is_not_taken_for_a_damaged_file(left: Shop) -> None:
    def fail(rows: Iterator[Row]) -> None:
        next(rows)
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"), reading(STATE) as (_, rows):
        fail(rows)


def test_a_saved_run_with_an_unknown_table_is_refused_before_anything_is_lost(left: Shop, capsys: Capture) -> None:
    with gzip.open(STATE, "at", encoding="utf-8") as file:
        file.write('["points", {"pk": "a", "sk": "b"}]\n')
    before = STATE.read_bytes()

    said = rekindle(capsys, "pause", "win_back")

    assert "not a saved local run (unknown table 'points')" in said.err
    assert STATE.read_bytes() == before


def test_a_change_is_held_against_its_conditions(left: Shop) -> None:
    """A run that is there is not created again, a change over an older version is refused."""
    with changing("test") as found:
        (run,) = _runs(found, left)
        assert not found.parts.runs.create(replace(run, step="offer"))
        changed = found.parts.runs.save(run, run)
        with pytest.raises(Conflict):
            found.parts.runs.save(run, replace(run, step="offer"))

    assert _runs(stores(), left) == [changed]


def test_a_change_leaves_the_clock_the_settings_and_all_that_is_due(left: Shop, capsys: Capture) -> None:
    before, due = read_header(), rekindle(capsys, "upcoming", "--json").out

    rekindle(capsys, "pause", "win_back")

    after = read_header()
    assert before
    assert after
    assert (after.now, after.settings, after.lanes) == (before.now, before.settings, before.lanes)
    assert after.version != before.version
    assert rekindle(capsys, "upcoming", "--json").out == due


def test_a_function_that_fails_leaves_what_was_there(
    left: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = STATE.read_bytes()
    invoke = Machine.invoke

    def failing(machine: Machine, name: str, event: Any) -> Any:
        if name == "enroll":
            raise LookupError("no such thing")
        return invoke(machine, name, event)

    monkeypatch.setattr(Machine, "invoke", failing)
    said = rekindle(capsys, "erase", left.email("ann"), "--yes")

    assert (said.status, said.out) == (1, "")
    assert said.err == "rekindle: enroll failed (LookupError): nothing was changed\n"
    assert STATE.read_bytes() == before


@pytest.mark.parametrize("wrong", [KeyboardInterrupt(), Problem("no"), OSError("disk full")], ids=repr)
def test_whatever_stops_a_change_leaves_what_was_there(left: Shop, wrong: BaseException) -> None:
    before = STATE.read_bytes()

    with pytest.raises(type(wrong)):
        _stopped_by(wrong)

    assert STATE.read_bytes() == before
    with changing("test"):
        pass  # the folder is free again


def _stopped_by(wrong: BaseException) -> None:
    with changing("test") as found:
        found.parts.pauses.stop("win_back", Pause())
        raise wrong


def _at_the_first_item(act: Callable[[], object]) -> Callable[..., str]:
    dumps = json.dumps

    def typing(value: object, **how: Any) -> str:
        if isinstance(value, list):
            act()
        return dumps(value, **how)

    return typing


def test_ctrl_c_while_it_saves_leaves_what_was_there(
    left: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = STATE.read_bytes()

    with monkeypatch.context() as saving:
        stop = _at_the_first_item(lambda: signal.raise_signal(signal.SIGINT))
        saving.setattr("infra.saved.state.json.dumps", stop)
        said = rekindle(capsys, "pause", "win_back")

    assert (said.status, said.err) == (130, "rekindle: stopped\n")
    assert STATE.read_bytes() == before
    assert rekindle(capsys, "pause", "win_back").status == 0


DYING = """
import os, sys, json
from infra.cli.main import main
dumps = json.dumps
json.dumps = lambda value, **how: os._exit(9) if isinstance(value, list) else dumps(value, **how)
sys.exit(main(sys.argv[1:]))
"""


def test_a_process_that_dies_while_it_saves_leaves_what_was_there(left: Shop, capsys: Capture) -> None:
    before = STATE.read_bytes()

    here = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run([sys.executable, "-c", DYING, "pause", "win_back"], env=here, check=False)

    assert done.returncode == 9
    assert Path(f"{STATE}.new").exists()
    assert STATE.read_bytes() == before
    assert rekindle(capsys, "pause", "win_back").status == 0


FAILING = """
import sys
from chalicelib.services.enroll import Enroll
from infra.cli.main import main
def fail(*_, **__): raise LookupError
Enroll.__call__ = fail
sys.exit(main(sys.argv[1:]))
"""


def test_the_functions_log_lines_do_not_mix_with_the_output(left: Shop) -> None:
    typed = [sys.executable, "-c", FAILING, "erase", left.email("ann"), "--yes", "--json"]

    here = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(typed, env=here, capture_output=True, text=True, check=True)

    assert json.loads(done.stdout)["erased"] is True
    assert [json.loads(line)["exception_name"] for line in done.stderr.splitlines()] != []


def test_readers_do_without_the_machine(left: Shop) -> None:
    """What only reads starts at once: neither moto nor boto3 is imported."""
    code = (
        "import sys; from infra.cli.main import main; main(sys.argv[1:]);"
        "print(sorted({'moto', 'boto3', 'chalice'} & set(sys.modules)))"
    )
    here = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    for words in (["show", left.email("ann")], ["kpis"], ["upcoming"], ["export", left.email("ann")], ["pause"]):
        typed = [sys.executable, "-c", code, *words]
        done = subprocess.run(typed, env=here, check=True, capture_output=True, text=True)
        assert done.stdout.splitlines()[-1] == "[]", words


def _runs(found: Stores, shop: Shop) -> list[Any]:
    return list(found.parts.engagement.of(shop.key("ann")).enrollments)
