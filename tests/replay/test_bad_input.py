"""Whatever is wrong with what a command is given: one clear line, an exit status that is not 0, and no traceback."""

import errno
import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chalicelib.adapters.dynamodb import items as records
from chalicelib.domain.facts.answer import Answer
from infra.cli import main as cli
from infra.cli.commands import diagram
from infra.cli.registry import listed
from infra.saved.state import FORMAT, STATE
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
GOOD = "customer_id,order_id,placed_at,total,currency\n"
Complaint = Callable[..., str]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["dance"], "unknown command 'dance'"),
        (["--dance"], "--dance"),
        (["replay"], "the following arguments are required: ORDERS"),
        (["replay", "orders.csv", "--dance"], "unrecognized arguments: --dance"),
        (["replay", "orders.csv", "--json"], "argument --json: expected one argument"),
        (["kpis", "--from", "yesterday"], "expected a date such as 2026-11-30, got 'yesterday'"),
        (["kpis", "extra"], "unrecognized arguments: extra"),
        (["show"], "the following arguments are required: CUSTOMER"),
        (["diagram"], "the following arguments are required: KEY"),
        (["diagram", "win_back", "--version", "one"], "invalid int value: 'one'"),
        (["validate", "win_back"], "unrecognized arguments: win_back"),
        (["close-case", "ann@example.com"], "the following arguments are required: ORDER"),
        (["demo", "--days", "none"], "--days"),
    ],
)
def test_wrong_arguments_are_named(complaint: Complaint, arguments: list[str], line: str) -> None:
    assert line in complaint(*arguments, status=2)


@pytest.mark.parametrize("arguments", [["--help"], *([each.command.name, "--help"] for each in listed())])
def test_every_command_has_help(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(arguments) == 0

    printed = capsys.readouterr()
    assert "rekindle" in printed.out
    assert "examples:" in printed.out or arguments == ["--help"]
    assert printed.err == ""


def test_a_missing_file_is_named(complaint: Complaint) -> None:
    assert complaint("replay", "orders.csv") == "orders.csv: No such file or directory"


def test_a_folder_is_no_file(complaint: Complaint) -> None:
    Path("orders.csv").mkdir()

    assert complaint("replay", "orders.csv") == "orders.csv: Is a directory"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--until", "soon"], "--until: expected an ISO date or date-time, got 'soon'"),
        (["--until", "1996-12-31"], "--until: 1996-12-31 is before the last row (1997-01-01T00:00:00+00:00)"),
        (["--json", "nowhere/result.json"], "nowhere/result.json: No such file or directory"),
        (["--carts", "carts.csv"], "carts.csv: No such file or directory"),
    ],
)
def test_replay_checks_its_options_before_it_begins(complaint: Complaint, arguments: list[str], line: str) -> None:
    Path("orders.csv").write_text(GOOD + "1,a,1997-01-01,1,USD\n", encoding="utf-8")

    assert complaint("replay", "orders.csv", *arguments) == line


@pytest.mark.parametrize("arguments", [["kpis"], ["show", "ann@example.com"]])
def test_before_any_run_it_tells_what_to_run_first(complaint: Complaint, arguments: list[str]) -> None:
    assert "run rekindle demo, replay, import or serve first" in complaint(*arguments)


@pytest.mark.parametrize(
    "content",
    [b"", b"not gzip", gzip.compress(b"[]\n"), gzip.compress(b'{"format": "other"}\n'), gzip.compress(b"x" * 99)[:-9]],
    ids=["empty", "no gzip", "no object", "another format", "cut off"],
)
def test_a_damaged_snapshot_is_named(complaint: Complaint, content: bytes) -> None:
    STATE.parent.mkdir()
    STATE.write_bytes(content)

    assert "state.json.gz: not a saved local run" in complaint("kpis")


def test_an_unknown_customer_is_named(complaint: Complaint) -> None:
    header = {"format": FORMAT, "now": "2026-11-22T00:00:00.000Z", "identity_key": "00" * 32}
    STATE.parent.mkdir()
    STATE.write_bytes(gzip.compress(json.dumps(header).encode() + b"\n"))

    assert "there is no customer 'nobody'" in complaint("show", "nobody")


def test_days_in_the_wrong_order_are_named(complaint: Complaint) -> None:
    line = complaint("kpis", "--from", "2026-02-01", "--to", "2026-01-01")

    assert line == "--from 2026-02-01 is after --to 2026-01-01"


def test_a_deployed_stack_without_its_settings_is_named(complaint: Complaint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPIS_TABLE", "kpis")
    monkeypatch.delenv("SENDER", raising=False)

    assert complaint("kpis").endswith("is not set")


def test_an_unknown_journey_is_named_with_those_there_are(complaint: Complaint) -> None:
    assert complaint("diagram", "wine_back").startswith(
        "there is no journey 'wine_back'; the journeys are abandoned_cart"
    )


def test_an_unknown_version_is_named_with_those_there_are(complaint: Complaint) -> None:
    assert complaint("diagram", "win_back", "--version", "99").startswith(
        "journey 'win_back' has no version 99; it has 1"
    )


def test_a_case_is_closed_in_a_stack_or_in_a_saved_run(complaint: Complaint) -> None:
    assert complaint("close-case", "ann@example.com", "o1").startswith("no local run is saved")


@pytest.mark.parametrize(
    ("error", "line", "status"),
    [
        (KeyboardInterrupt(), "stopped", 130),
        (OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE)), "Address already in use", 1),
        (PermissionError(errno.EACCES, "Permission denied", "state.json.gz"), "state.json.gz: Permission denied", 1),
        (KeyError("x"), "unexpected KeyError: 'x' (REKINDLE_TRACEBACK=1 shows where)", 1),
        (ValueError("one\ntwo"), "one two", 1),
    ],
)
def test_whatever_stops_a_command_is_one_line(
    complaint: Complaint, monkeypatch: pytest.MonkeyPatch, error: BaseException, line: str, status: int
) -> None:
    def run(_: object) -> int:
        raise error

    monkeypatch.setattr(diagram, "run", run)

    assert complaint("diagram", "win_back", status=status).startswith(line)


@pytest.mark.parametrize("error", [ValueError("one"), OSError(errno.EIO, "two"), KeyError("three")])
def test_where_an_unforeseen_error_is_from_can_be_seen(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def run(_: object) -> int:
        raise error

    monkeypatch.setattr(diagram, "run", run)
    monkeypatch.setenv("REKINDLE_TRACEBACK", "1")

    with pytest.raises(type(error)):
        cli.main(["diagram", "win_back"])


def test_a_mistake_of_the_user_is_one_line_then_too(complaint: Complaint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REKINDLE_TRACEBACK", "1")

    assert complaint("kpis").startswith("no local run is saved")


@pytest.mark.parametrize("command", [["validate"], ["diagram", "win_back"]])
def test_a_closed_pipe_ends_it_without_a_word(command: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)

    code = "import sys; from infra.cli.main import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run([sys.executable, "-c", code, *command], stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)

    assert done.returncode == 1
    assert done.stderr == b""


def test_what_a_customer_wrote_is_shown_as_text_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = records.plain(Answer("o1", datetime(2026, 11, 20, tzinfo=UTC), 3, "[/red]\x1b[2J late"))
    item = {"pk": "CUSTOMER#ann", "sk": "ANSWER#o1", "at": "2026-11-20T00:00:00.000Z", "fact": answer}
    header = {"format": FORMAT, "now": "2026-11-22T00:00:00.000Z", "identity_key": "00" * 32}
    STATE.parent.mkdir()
    STATE.write_bytes(gzip.compress("\n".join(map(json.dumps, [header, ["commerce", item]])).encode()))

    assert cli.main(["show", "ann"]) == 0

    assert "[/red]\N{REPLACEMENT CHARACTER}[2J late" in capsys.readouterr().out
