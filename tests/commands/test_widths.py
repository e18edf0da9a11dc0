"""Tables fit the terminal: also in a pager, and the figures by cohort with their names."""

import fcntl
import io
import os
import struct
import sys
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest
from rich.console import Console

from chalicelib.domain.figures import formulas
from infra.terminal.console import WIDTH, output
from infra.terminal.figures import counted, shop_tables


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_cohorts_show_as_many_months_as_fit_beside_their_names(width: int) -> None:
    cohort = {f"cohort_2026_01_month_{n}": formulas.ratio(1, 2) for n in range(1, 13)}
    console = Console(width=width, record=True, file=io.StringIO())
    months = dict.fromkeys(("retention_2026_01", "churn_2026_01"), formulas.ratio(1, 2))

    for table in shop_tables({**months, **cohort}, width=width):
        console.print(table)

    lines = [line.rstrip() for line in console.export_text().splitlines()]
    (row,) = [line.split() for line in lines if line.lstrip().startswith("2026-01") and line.count("50.0") > 2]
    assert max(map(len, lines)) <= width
    assert row.count("50.0") == min(12, (width - 18) // 7)


def test_one_of_something_is_not_many() -> None:
    assert [counted(n, "day") for n in (0, 1, 2, 1_000)] == ["0 days", "1 day", "2 days", "1,000 days"]


def leads_to(monkeypatch: pytest.MonkeyPatch, stream: TextIO) -> None:
    """Let this be the standard output of the process."""
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "__stdout__", stream)


@pytest.fixture
def pipe() -> Iterator[TextIO]:
    """An end of a pipe that may be written to."""
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as stream:
        yield stream
    os.close(reader)


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[TextIO]:
    """A terminal of 71 columns, and no word of another width."""
    monkeypatch.delenv("COLUMNS", raising=False)
    leader, terminal = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 71, 0, 0))
    with os.fdopen(terminal, "w") as stream:
        yield stream
    os.close(leader)


@pytest.mark.parametrize(("columns", "width"), [("80", 80), ("", WIDTH), ("0", WIDTH), ("wide", WIDTH)])
def test_a_pipe_is_as_wide_as_columns_says(
    monkeypatch: pytest.MonkeyPatch, pipe: TextIO, columns: str, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    leads_to(monkeypatch, pipe)

    assert output().width == width


def test_a_pager_is_as_wide_as_its_terminal(monkeypatch: pytest.MonkeyPatch, pipe: TextIO, screen: TextIO) -> None:
    monkeypatch.setattr(sys, "stderr", screen)
    leads_to(monkeypatch, pipe)

    assert output().width == 71


def test_a_file_is_as_wide_as_ever(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, screen: TextIO) -> None:
    monkeypatch.setattr(sys, "stderr", screen)
    with (tmp_path / "kpis.txt").open("w", encoding="utf-8") as file:
        leads_to(monkeypatch, file)

        assert output().width == WIDTH


def test_what_the_process_reads_itself_is_always_as_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys, "stdout", io.StringIO())

    assert output().width == WIDTH
