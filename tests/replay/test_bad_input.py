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
from infra.history.rows import CARTS, IS_ORDER, ORDERS, BadRow, History, Row, time_of
from infra.saved.state import FORMAT, STATE, TABLES

GOOD = "customer_id,order_id,placed_at,total,currency\n"
CART = "customer_id,cart_id,updated_at,lines,total,currency\n"
Complaint = Callable[..., str]


@pytest.fixture
def complaint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Complaint:
    """Runs a command in an empty folder; gives the one line that it complains with."""
    monkeypatch.chdir(tmp_path)
    for name in TABLES:
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str, status: int = 1) -> str:
        assert cli.main(arguments) == status
        told = capsys.readouterr()
        assert told.err.startswith("rekindle: ")
        assert told.err.count("\n") == 1, told.err
        assert told.out == ""
        return told.err.removeprefix("rekindle: ").rstrip("\n")

    return run


def test_without_a_command_it_tells_where_help_is(complaint: Complaint) -> None:
    assert complaint(status=2) == "no command given (try: rekindle --help)"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["dance"], "unknown command 'dance'"),
        (["--dance"], "--dance"),
        (["replay"], "the following arguments are required: ORDERS.csv"),
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

    told = capsys.readouterr()
    assert "rekindle" in told.out
    assert "examples:" in told.out or arguments == ["--help"]
    assert told.err == ""


def test_a_missing_file_is_named(complaint: Complaint) -> None:
    assert complaint("replay", "orders.csv") == "orders.csv: No such file or directory"


def test_a_folder_is_no_file(complaint: Complaint) -> None:
    Path("orders.csv").mkdir()

    assert complaint("replay", "orders.csv") == "orders.csv: Is a directory"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "orders.csv:1: customer_id: is missing"),
        (GOOD, "orders.csv: there is no row to play"),
        (GOOD.replace("total", "amount"), "orders.csv:1: total: is missing"),
        (GOOD.replace("total", "total,total"), "orders.csv:1: total: is there twice"),
        (GOOD + "1,a,1997-01-01,29.33\n", "orders.csv:2: row: expected 5 fields, got 4"),
        (GOOD + "1,a,1997-01-01,29.33,USD,\n", "orders.csv:2: row: expected 5 fields, got 6"),
        (GOOD + ",a,1997-01-01,29.33,USD\n", "orders.csv:2: customer_id: expected 1 to 128"),
        (GOOD + "1,a b,1997-01-01,29.33,USD\n", "orders.csv:2: order_id: expected 1 to 128"),
        (GOOD + "1,a,yesterday,29.33,USD\n", "orders.csv:2: placed_at: expected an ISO date or date-time"),
        (GOOD + "1,a,1997-02-29,29.33,USD\n", "orders.csv:2: placed_at: expected an ISO date or date-time"),
        (GOOD + "1,a,0001-01-01T00:00+14:00,29.33,USD\n", "orders.csv:2: placed_at: expected an ISO date"),
        (GOOD + "1,a,1869-01-01,29.33,USD\n", "orders.csv:2: placed_at: expected a year from 1970 to 2199"),
        (GOOD + "1,a,1997-01-01,much,USD\n", "orders.csv:2: total: expected a decimal amount, got 'much'"),
        (GOOD + "1,a,1997-01-01,-1,USD\n", "orders.csv:2: total: expected an amount of 0 or more"),
        (GOOD + "1,a,1997-01-01,NaN,USD\n", "orders.csv:2: total: expected a decimal amount"),
        (GOOD + "1,a,1997-01-01,29.333,USD\n", "orders.csv:2: total: '29.333' has more digits than USD has"),
        (GOOD + "1,a,1997-01-01,29.3,KRW\n", "orders.csv:2: total: '29.3' has more digits than KRW has"),
        (GOOD + "1,a,1997-01-01,29.33,usd\n", "orders.csv:2: currency: expected an ISO 4217 code such as USD"),
        (GOOD + "1,a,1997-01-01,1,USD\n\n2,a,1997-01-01,1,USD\n", "orders.csv:4: order_id: 'a' is in line 2 already"),
        (GOOD + '1,"a\nb",1997-01-01,1,USD\n', "orders.csv:2: order_id: expected 1 to 128"),
        (GOOD + '1,"a,1997-01-01,1,USD\n', "orders.csv:2: row: "),
    ],
)
def test_a_bad_row_is_named_by_file_line_and_column(complaint: Complaint, text: str, line: str) -> None:
    Path("orders.csv").write_text(text, encoding="utf-8")

    assert line in complaint("replay", "orders.csv")


def test_bytes_that_are_no_text_are_a_bad_row(complaint: Complaint) -> None:
    Path("orders.csv").write_bytes(GOOD.encode() + b"1,\xff,1997-01-01,1,USD\n")

    assert "orders.csv:2: order_id: expected" in complaint("replay", "orders.csv")


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ("1,k,1997-01-01,some,1,USD", "carts.csv:3: lines: expected a whole number from 0 to 500, got 'some'"),
        ("1,k,1997-01-01,-1,1,USD", "carts.csv:3: lines: expected a whole number"),
        ("1,k,1997-01-01,9999,1,USD", "carts.csv:3: lines: expected a whole number"),
        ("2,good,1997-01-01,1,1,USD", "carts.csv:3: cart_id: 'good' is in line 2 already"),
    ],
)
def test_a_bad_cart_is_named_too(complaint: Complaint, row: str, line: str) -> None:
    Path("orders.csv").write_text(GOOD + "1,a,1997-01-01,1,USD\n", encoding="utf-8")
    Path("carts.csv").write_text(CART + "1,good,1997-01-01,1,1,USD\n" + row + "\n", encoding="utf-8")

    assert line in complaint("replay", "orders.csv", "--carts", "carts.csv")


def test_bad_rows_can_be_skipped_each_with_its_reason(tmp_path: Path) -> None:
    rows = "1,a,1997-01-02,x,USD\n2,b,1997-01-02,1.50,USD\n1,c,1997-01-01,,USD\n"
    (tmp_path / "orders.csv").write_text(GOOD + rows, "utf-8")
    told: list[str] = []
    history = History()

    history.read(tmp_path / "orders.csv", ORDERS, told.append)

    assert [line.partition(": ")[0].rpartition(":")[2] for line in told] == ["2", "4"]
    assert (history.skipped, [row.id for row in history.rows]) == (2, ["b"])


def test_times_are_utc_unless_they_say_otherwise_and_carts_come_before_orders(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(
        GOOD + "1,c,1997-01-02T09:00:00.123456,1,USD\n1,b,1997-01-02T09:00+09:00,1,USD\n1,a,1997-01-02,1,USD\n", "utf-8"
    )
    (tmp_path / "carts.csv").write_text(CART + "1,k,1997-01-02,0,0,USD\n", "utf-8")
    history = History()

    history.read(tmp_path / "orders.csv", ORDERS)
    history.read(tmp_path / "carts.csv", CARTS)
    history.sort()

    assert [row.id for row in history.rows] == ["k", "b", "a", "c"]
    assert history.rows[0] == Row(history.rows[1].at, 0, "1", "k", 0, "USD")
    assert time_of(history.rows[3].at).isoformat() == "1997-01-02T09:00:00.123000+00:00"
    assert history.rows[1].lines == IS_ORDER


def test_reading_stops_at_the_first_bad_row(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(GOOD + "1,a,1997-01-02,x,USD\n", "utf-8")

    with pytest.raises(BadRow):
        History().read(tmp_path / "orders.csv", ORDERS)


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

    assert "state.json.gz: not what a local run leaves" in complaint("kpis")


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
    assert complaint("diagram", "wine_back").startswith("there is no journey 'wine_back'; there are abandoned_cart")


def test_an_unknown_version_is_named_with_those_there_are(complaint: Complaint) -> None:
    assert complaint("diagram", "win_back", "--version", "99").startswith(
        "journey 'win_back' has no version 99; it has 1"
    )


def test_a_case_is_closed_on_a_deployed_stack_only(complaint: Complaint) -> None:
    assert complaint("close-case", "ann@example.com", "o1").startswith("cases are closed on a deployed stack: name")


@pytest.mark.parametrize(
    ("error", "line", "status"),
    [
        (KeyboardInterrupt(), "stopped", 130),
        (OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE)), "the port is in use already", 1),
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
