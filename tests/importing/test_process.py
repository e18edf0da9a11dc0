"""The command as a process of its own: stopped by a real Ctrl-C, and measured."""

import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from infra.bench.imports import history, peak
from infra.package.packaged import CHECKOUT
from infra.saved.state import STATE, read_header
from tests.importing.given import is_recounted, tables

SCRIPT = "import sys; from infra.cli.main import main; sys.exit(main())"
ROWS = 1_600


def command(folder: Path, *words: str) -> list[str]:
    """``rekindle import orders``, as it is typed in a folder."""
    folder.mkdir(exist_ok=True)
    return [sys.executable, "-c", SCRIPT, "import", "orders", *words]


def environment() -> dict[str, str]:
    """This process's, with a terminal, and with no deployed tables."""
    here = {name: value for name, value in os.environ.items() if not name.endswith("_TABLE")}
    return here | {"PYTHONPATH": str(CHECKOUT), "TERM": "xterm"}


def printed(folder: Path, *words: str) -> str:
    """What it prints when it goes well."""
    done = subprocess.run(
        command(folder, *words), cwd=folder, env=environment(), capture_output=True, text=True, check=True
    )
    return done.stdout


def stopped_after_the_first_rows(folder: Path, *words: str) -> str:
    """Type Ctrl-C when the bar has moved; what was on the terminal by the end."""
    terminal, theirs = pty.openpty()
    with subprocess.Popen(
        command(folder, *words), cwd=folder, env=environment(), stderr=theirs, stdout=subprocess.DEVNULL
    ) as process:
        os.close(theirs)
        seen, is_typed = "", False
        while True:
            try:
                seen += os.read(terminal, 4096).decode()
            except OSError:  # the other end is closed: on Linux this is the end of a terminal
                break
            if not is_typed and re.search(rf"[1-9][\d,]*/{ROWS + 1:,} lines", seen):
                process.send_signal(signal.SIGINT)
                is_typed = True
    os.close(terminal)
    assert process.returncode == 130, seen
    return seen


def test_stopped_and_continued_it_gives_the_same_as_in_one_run(tmp_path: Path) -> None:
    file = history(tmp_path / "o.csv", ROWS)
    assert f"{ROWS:,} rows, {ROWS:,} new, 0 rejected." in printed(tmp_path / "whole", str(file))

    seen = stopped_after_the_first_rows(tmp_path / "parts", str(file))
    done = re.search(r"stopped after ([\d,]+) rows; the same command continues there", seen)
    assert done
    assert 0 < int(done[1].replace(",", "")) < ROWS
    assert is_recounted(tmp_path / "parts" / STATE)

    assert f"{ROWS:,} rows, {ROWS:,} new, 0 rejected." in printed(tmp_path / "parts", str(file))
    assert tables(tmp_path / "parts" / STATE) == tables(tmp_path / "whole" / STATE)
    found = read_header(tmp_path / "parts" / STATE)
    assert found
    assert found.places == {}


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    small, large = (peak(history(tmp_path / f"{rows}.csv", rows)) for rows in (2_000, 20_000))

    assert large - small < 4, "MB for 18,000 rows, which are 2 MB of text"


@pytest.mark.parametrize("name", ["o.csv", "o.jsonl"])
def test_a_line_without_an_end_takes_no_more_memory_than_one_may_have(tmp_path: Path, name: str) -> None:
    with (tmp_path / name).open("w") as file:
        file.write("customer_id,id,placed_at,total,currency\n")
        file.writelines('"' + "x" * 500_000 for _ in range(200))

    assert peak(tmp_path / name, status=1) - peak(history(tmp_path / f"small-{name}", 1)) < 20, (
        "MB for a line of 100 MB"
    )
