"""Consoles on the current standard output and standard error, and errors of one line."""

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.text import Text

WIDTH = 120
"""The width of a line, in characters, in a file, or in a pipe that leads to no terminal that is known."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def output() -> Console:
    """Standard output."""
    return _Console(file=sys.stdout, width=None if sys.stdout.isatty() else _width(), highlight=False)


def _width() -> int:
    """The width of what reads a file or a pipe: as ``COLUMNS`` says, or of the terminal that a pager is in.

    What this process reads itself does not depend on them.
    """
    if sys.stdout is not sys.__stdout__ or (_is_file(sys.stdout) and "COLUMNS" not in os.environ):
        return WIDTH
    if (text := os.environ.get("COLUMNS", "")).isdecimal() and int(text):
        return int(text)
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or WIDTH
    except (OSError, ValueError):
        return WIDTH


def _is_file(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False


def errors() -> Console:
    """Standard error, for progress."""
    return _Console(file=sys.stderr, highlight=False)


def safe(text: str) -> Text:
    """External text, made safe to print: brackets are not markup, and no control character moves the cursor."""
    return Text("".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text))


def complain(message: str) -> None:
    """Print one line on standard error."""
    print("rekindle:", safe(" ".join(str(message).split())).plain or "unknown reason", file=sys.stderr)


@contextmanager
def counting(what: str) -> Iterator[Callable[[int], None]]:
    """Inside, call the function with the current number: a terminal shows it on standard error until the end."""
    if not sys.stderr.isatty():
        yield lambda number: None
        return
    with errors().status(f"0 {what}") as status:
        yield lambda number: status.update(f"{number:,} {what}")


@contextmanager
def following() -> Iterator[Callable[[str], None]]:
    """Inside, call the function with how far it is: a terminal shows the latest on standard error until the end."""
    if not sys.stderr.isatty():
        yield lambda text: None
        return
    with errors().status("") as status:
        yield lambda text: status.update(safe(text))


def close_output() -> None:
    """Suppress the broken-pipe message at exit, when the reader of standard output is gone."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return


def replace_closed_output() -> None:
    """Write to nowhere if the process began without standard output or standard error (``>&-``)."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))


def say(text: str) -> None:
    """Print one line of progress on standard error."""
    print(text, file=sys.stderr, flush=True)
