"""Arguments that several commands share."""

import argparse
import codecs
import json
import os
import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from infra.saved.private import write_private
from infra.stack import deployed

STDOUT = "-"


def add_json_file(parser: argparse.ArgumentParser) -> None:
    """``--json FILE``."""
    parser.add_argument("--json", metavar="FILE", help="write the result as JSON to FILE ('-': standard output)")


def add_json(parser: argparse.ArgumentParser) -> None:
    """``--json``."""
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")


def add_stack(parser: argparse.ArgumentParser, otherwise: str = "the last local run") -> None:
    """``--stack NAME``: ``infra.cli.main`` reads that stack's settings before the command runs.

    ``otherwise``: what the command uses without a stack.
    """
    parser.add_argument(
        "--stack",
        metavar="NAME",
        default=os.environ.get(deployed.VARIABLE),
        help=f"the deployed stack (default: ${deployed.VARIABLE}, or else {otherwise})",
    )


def write_json(destination: str, value: Mapping[str, Any], *, is_personal: bool = False) -> None:
    """Write one object to a file, or to standard output for ``-``; raises ``OSError``.

    ``is_personal``: only the file's owner can read it.
    """
    if destination == STDOUT:
        print(json.dumps(value, indent=2, ensure_ascii=not _is_unicode(sys.stdout.encoding)))
        return
    text = json.dumps(value, indent=2, ensure_ascii=False)
    try:
        if is_personal:
            write_private(Path(destination), text + "\n")
        else:
            Path(destination).write_text(text + "\n", encoding="utf-8")
    except OSError as error:  # a full disk does not name the file
        error.filename = destination
        raise


def _is_unicode(encoding: str | None) -> bool:
    """Whether JSON can be written in its own encoding; a stream without one takes any text."""
    return encoding is None or codecs.lookup(encoding).name == "utf-8"


def print_json(value: Mapping[str, Any]) -> None:
    """One object on standard output."""
    write_json(STDOUT, value)


def check_writable(destination: str | None) -> None:
    """Raise ``OSError`` before the work if a file cannot be written; its content does not change."""
    if destination not in (None, STDOUT):
        with Path(str(destination)).open("a", encoding="utf-8"):
            return


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """A whole number within bounds, for argparse."""

    def parse(text: str) -> int:
        if not text.isascii() or not text.isdecimal() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"expected a whole number from {least} to {most}, got {text!r}")
        return int(text)

    return parse


def parse_date(text: str) -> date:
    """An ISO date, for argparse."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a date such as 2026-11-30, got {text!r}") from None


def is_for_people(destination: str | None) -> bool:
    """Whether tables can be printed, because JSON is not written to standard output."""
    return destination != STDOUT
