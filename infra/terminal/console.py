"""Where the command line writes: rich consoles on today's standard output and error, and errors of one line."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

WIDTH = 120
"""Of what is written to a file or a pipe."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def output() -> Console:
    """Standard output."""
    return _Console(file=sys.stdout, width=None if sys.stdout.isatty() else WIDTH, highlight=False)


def errors() -> Console:
    """Standard error, for progress."""
    return _Console(file=sys.stderr, highlight=False)


def safe(text: str) -> Text:
    """Text from outside as it may be shown: its brackets are no markup, and nothing in it moves the cursor."""
    return Text("".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text))


def complain(message: str) -> None:
    """One line on standard error."""
    line = safe(" ".join(str(message).split())).plain or "no reason is known"
    print("rekindle:", line.encode("utf-8", "backslashreplace").decode(), file=sys.stderr)


@contextmanager
def counting(what: str) -> Iterator[Callable[[int], None]]:
    """Inside, a line on standard error tells how many there were so far, when that is a terminal; gone at the end."""
    if not sys.stderr.isatty():
        yield lambda number: None
        return
    with errors().status(f"0 {what}") as status:
        yield lambda number: status.update(f"{number:,} {what}")


def close_output() -> None:
    """Suppress the broken-pipe message at exit: nobody reads standard output any more."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return


def say(text: str) -> None:
    """One line of progress."""
    print(text, file=sys.stderr, flush=True)
