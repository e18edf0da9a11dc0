"""Reads a file of a shop's history, CSV or JSON Lines by its suffix: each row gives a fact or a reason.

No invalid row ends the reading, and only one row is in memory at a time.
"""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.inbound import InboundFact
from chalicelib.sources.history.columns import FileKind
from chalicelib.sources.history.csv_file import CsvFile
from chalicelib.sources.history.facts import as_it_is, fact_of
from chalicelib.sources.history.fields import FileFormat, RowFields
from chalicelib.sources.history.json_file import JsonLinesFile
from chalicelib.sources.history.kinds import SUPPRESSIONS
from chalicelib.sources.history.lines import FileRecord
from chalicelib.sources.history.suppressions import SuppressedAddress, suppressed_of
from chalicelib.sources.registry import sources
from infra.terminal.console import safe
from infra.terminal.problem import Problem

FORMATS: Mapping[str, type[FileFormat]] = {".jsonl": JsonLinesFile, ".ndjson": JsonLinesFile, ".json": JsonLinesFile}
"""By the suffix of a file's name; any other file is CSV."""
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
LONGEST_REASON = 200
"""Characters: text of the row may be in the reason."""

Check = Callable[[InboundFact, int], str]
"""Given a fact and its line: what is wrong with its id, or an empty text."""


class ParsedRow(NamedTuple):
    """A row: its fact (in a list of suppressions its ``address``), or the ``reason`` why it has none.

    ``line`` is the row's first line.
    """

    line: int
    fact: InboundFact | None
    reason: str = ""
    address: SuppressedAddress | None = None


def parsed_rows(
    path: Path,
    kind: FileKind,
    *,
    source: str = "shop",
    mapping: Mapping[str, str] | None = None,
    after: int = 0,
    now: datetime | None = None,
    check: Check = lambda fact, line: "",
) -> Iterator[ParsedRow]:
    """Each row of a file that begins after line ``after``, one at a time.

    ``source``: the source of the customers' ids. ``mapping``: our name of a column → the file's. ``now``: a row with a
    time ahead of it is invalid; None: any time is valid.
    Raises ``Problem`` for an invalid file or header, and ``OSError`` for a file that cannot be read.
    """
    check_text(path)
    format_of, declared = FORMATS.get(path.suffix, CsvFile), sources().get(source)
    account = declared.account if declared else as_it_is
    make = partial(fact_of, kind=kind, source=source, now=now, account=account)
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline=format_of.NEWLINE) as file:
        try:
            records = format_of(file, kind, mapping or {})
        except InvalidFact as error:
            raise Problem(f"{path}:1: {error}") from None
        for record in records:
            if record.first > after:
                yield _parsed(record, records, kind, make, check)


def check_text(path: Path) -> None:
    """Raise ``Problem`` for a file that is clearly not UTF-8 text, and ``OSError`` for one that cannot be read."""
    if path.is_fifo() or path.is_char_device():  # what is read of these is gone
        return
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise Problem(f"{path}: the file is in UTF-16, but UTF-8 is needed")
    if start.startswith((GZIP, ZIP)):
        raise Problem(f"{path}: the file is compressed; unpack it first")


def _parsed(
    record: FileRecord,
    records: FileFormat,
    kind: FileKind,
    fact_in: Callable[[RowFields], InboundFact],
    check: Check,
) -> ParsedRow:
    try:
        row = records.fields(record.content)
        if kind is SUPPRESSIONS:
            return ParsedRow(record.first, None, address=suppressed_of(row))
        fact = fact_in(row)
        if problem := check(fact, record.first):
            raise InvalidFact(row.names.get("id", "id"), problem)
    except InvalidFact as error:
        return ParsedRow(record.first, None, _reason(record, error))
    return ParsedRow(record.first, fact)


def _reason(record: FileRecord, error: InvalidFact) -> str:
    """One short line of printable text."""
    text = safe(" ".join(str(error).split()))[:LONGEST_REASON].plain
    is_long = record.last > record.first
    return text + f"; a quote makes one row of lines {record.first} to {record.last}" * is_long
