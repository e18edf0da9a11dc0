"""Arguments that several commands share."""

import argparse
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

STDOUT = "-"


def add_json_file(parser: argparse.ArgumentParser) -> None:
    """``--json FILE``."""
    parser.add_argument("--json", metavar="FILE", help="write the result as JSON to FILE ('-': standard output)")


def write_json(destination: str, value: Mapping[str, Any]) -> None:
    """Write one object to a file, or to standard output for ``-``; raises ``OSError``."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    if destination == STDOUT:
        print(text)
    else:
        Path(destination).write_text(text + "\n", encoding="utf-8")


def print_json(value: Mapping[str, Any]) -> None:
    """One object on standard output."""
    write_json(STDOUT, value)


def check_writable(destination: str | None) -> None:
    """Find out before the work that a file cannot be written; raises ``OSError``. What is there stays there."""
    if destination not in (None, STDOUT):
        with Path(str(destination)).open("a", encoding="utf-8"):
            return


def parse_date(text: str) -> date:
    """An ISO date, for argparse."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a date such as 2026-11-30, got {text!r}") from None


def is_for_people(destination: str | None) -> bool:
    """Whether standard output is free for tables: JSON does not go there."""
    return destination != STDOUT
