"""Reads a file of a shop's history, CSV or JSON Lines by its suffix: each row gives a fact or a reason.

No invalid row ends the reading, and only one row is in memory at a time.
"""

import codecs
import shutil
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, ClassVar, NamedTuple, Protocol, TextIO

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.inbound import SHOP, InboundFact
from chalicelib.sources.history.columns import FileKind
from chalicelib.sources.history.csv_file import CsvFile
from chalicelib.sources.history.exports import ExportCsv, ExportJson, ExportReader
from chalicelib.sources.history.facts import as_it_is, fact_of
from chalicelib.sources.history.fields import FileFormat, RowFields
from chalicelib.sources.history.json_file import JsonLinesFile
from chalicelib.sources.history.kinds import ORDER_LINES, REPLAYED_LINES, SUPPRESSIONS
from chalicelib.sources.history.lines import FileRecord
from chalicelib.sources.history.order_lines import OrderLines, torn_orders
from chalicelib.sources.history.returns import Returns
from chalicelib.sources.history.suppressions import SuppressedAddress, suppressed_of
from chalicelib.sources.reading.dialect import PLAIN, Dialect
from chalicelib.sources.reading.exports import Export
from chalicelib.sources.registry import sources
from infra.terminal.console import complain, safe
from infra.terminal.problem import Problem

JSON_LINES = frozenset((".jsonl", ".ndjson", ".json"))
"""Suffixes of files' names; any other file is CSV."""
UTF16 = (BOM_UTF16_LE, BOM_UTF16_BE)
GUESSES = ("cp1252", "iso-8859-15", "cp1250", "cp949", "cp932", "gb18030", "mac-roman")
"""Encodings that spreadsheets and shop systems write, to show what a line would be in them."""
BLOCK = 1 << 20
AROUND = 24
"""Bytes that are shown on each side of the first bytes that are not UTF-8."""
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
LONGEST_REASON = 200
"""Characters: text of the row may be in the reason."""

Check = Callable[[InboundFact, int], str]
"""Given a fact and its line: what is wrong with its id, or an empty text."""


class ParsedRow(NamedTuple):
    """A row, or several that tell of one thing: its ``facts`` (in a list of suppressions its ``address``), or the
    ``reason`` why it has none.

    ``line`` is the first line.
    """

    line: int
    facts: tuple[InboundFact, ...] = ()
    reason: str = ""
    address: SuppressedAddress | None = None


@dataclass(frozen=True)
class FileOptions:
    """How a file is to be read. ``source``: of the customers' ids. ``mapping``: our name of a column → the file's.

    ``is_public``: anybody can tell of the customers with these ids, so the file's addresses and consents are claims.
    ``encoding``: None is UTF-8, or UTF-16 if the file begins with its mark. ``export``: the file is one of the source's
    own; ``written_at`` is when that was (UTC).
    """

    source: str = SHOP
    mapping: Mapping[str, str] = field(default_factory=dict)
    dialect: Dialect = PLAIN
    encoding: str | None = None
    export: Export | None = None
    written_at: datetime | None = None
    is_public: bool = False


AS_USUAL = FileOptions()


class FactReader(Protocol):
    """Yields the records of a file, and says what each tells.

    ``id_name`` is the column of the ids; ``spans`` says of a record of several lines why it has them.
    """

    id_name: str
    spans: ClassVar[str]

    def __iter__(self) -> Iterator[FileRecord]: ...
    def facts(self, content: Any) -> Sequence[InboundFact | SuppressedAddress]: ...


def parsed_rows(
    path: Path,
    kind: FileKind,
    how: FileOptions = AS_USUAL,
    *,
    after: int = 0,
    now: datetime | None = None,
    check: Check = lambda fact, line: "",
) -> Iterator[ParsedRow]:
    """Each row of a file that begins after line ``after``, one at a time.

    ``now``: a row with a time ahead of it is invalid; None: any time is valid.
    Its text has to be checked before (``check_text``). Raises ``Problem`` for an invalid header, and ``OSError`` for a
    file that cannot be read.
    """
    is_json = path.suffix in JSON_LINES
    newline = JsonLinesFile.NEWLINE if is_json else CsvFile.NEWLINE
    is_read_again = kind in (ORDER_LINES, REPLAYED_LINES) and not is_json
    with _opened(path, how.encoding or _marked(path), newline, is_read_again=is_read_again) as file:
        try:
            reader = _reader(file, kind, how, now, is_json=is_json, written_at=how.written_at or _written_at(path))
        except InvalidFact as error:
            raise Problem(f"{path}:1: {error}") from None
        for record in reader:
            if record.first > after:
                yield _parsed(record, reader, check)


def _reader(
    file: TextIO, kind: FileKind, how: FileOptions, now: datetime | None, *, is_json: bool, written_at: datetime
) -> FactReader:
    declared = sources().get(how.source)
    if how.export and declared:
        reader = ExportReader(declared, how.export, how.dialect, written_at, now)
        return ExportJson(file, reader) if is_json else ExportCsv(file, reader)
    account = declared.account if declared else as_it_is
    fact_in = partial(fact_of, kind=kind, source=how.source, now=now, account=account, is_public=how.is_public)
    if is_json:
        rows: FileFormat = JsonLinesFile(file, kind, how.mapping)
    else:
        rows = lines = CsvFile(file, kind, how.mapping, how.dialect)
        if kind in (ORDER_LINES, REPLAYED_LINES):
            return _order_lines(file, lambda: CsvFile(file, kind, how.mapping, how.dialect), lines, fact_in)
    return _Rows(rows, suppressed_of if kind is SUPPRESSIONS else fact_in)


def _order_lines(
    file: TextIO, again: Callable[[], CsvFile], rows: CsvFile, fact_in: Callable[[RowFields], InboundFact]
) -> OrderLines:
    """The lines of a file that is read three times: which orders are torn, and what was given back, come first."""
    torn, returns = torn_orders(rows), Returns()
    file.seek(0)
    OrderLines(again(), fact_in, torn, returns).learn()
    file.seek(0)
    return OrderLines(again(), fact_in, torn, returns)


@contextmanager
def _opened(path: Path, encoding: str, newline: str, *, is_read_again: bool) -> Iterator[TextIO]:
    """The file; what is read of a pipe is gone, so a copy of it is opened if it is read again."""
    with path.open(encoding=encoding, errors="surrogateescape", newline=newline) as file:
        if file.seekable() or not is_read_again:
            yield file
            return
        with TemporaryFile("w+", encoding="utf-8", errors="surrogateescape", newline=newline) as copy:
            shutil.copyfileobj(file, copy)
            copy.seek(0)
            yield copy


@dataclass
class _Rows:
    """Each row is a fact, or an address."""

    rows: FileFormat
    read: Callable[[RowFields], InboundFact | SuppressedAddress]
    id_name: str = "id"
    spans: ClassVar[str] = "a quote makes one row of them"

    def __iter__(self) -> Iterator[FileRecord]:
        return iter(self.rows)

    def facts(self, content: Any) -> list[InboundFact | SuppressedAddress]:
        """What is in a row; raises ``InvalidFact``."""
        row = self.rows.fields(content)
        self.id_name = row.names.get("id", "id")
        return [self.read(row)]


def _marked(path: Path) -> str:
    """The encoding that the first bytes of the file tell, else UTF-8."""
    if path.is_fifo() or path.is_char_device():
        return "utf-8-sig"
    with path.open("rb") as file:
        return "utf-16" if file.read(2) in UTF16 else "utf-8-sig"


def _written_at(path: Path) -> datetime:
    """When the file was written, as the system that has it says."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def check_text(path: Path, encoding: str | None = None) -> None:
    """Raise ``Problem`` for a file that is not text in this encoding, and ``OSError`` for one that cannot be read.

    Without an encoding it has to be UTF-8; what it would be in others is shown, to choose from.
    """
    if path.is_fifo() or path.is_char_device():  # what is read of these is gone
        return
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith((GZIP, ZIP)):
        raise Problem(f"{path}: the file is compressed; unpack it first")
    if encoding is None and not start.startswith(UTF16):
        _check_utf8(path)


def _check_utf8(path: Path) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    number, line = 1, b""
    with path.open("rb") as file:
        while True:
            kept, block = decoder.getstate()[0], file.read(BLOCK)
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                text = kept + block
                number += text.count(b"\n", 0, error.start)
                before = (line + text)[: len(line) + error.start].rpartition(b"\n")[2][-AROUND:]
                after = text[error.start : error.start + AROUND].partition(b"\n")[0]
                _show_meanings(before + after)
                problem = "the file is not in UTF-8; say --encoding with the one of these that reads right"
                raise Problem(f"{path}:{number}: {problem} (utf-8 rejects such rows)") from None
            if not block:
                return
            number += block.count(b"\n")
            line = block[-AROUND:]


def _show_meanings(piece: bytes) -> None:
    """Show what the bytes are in the encodings that the file may have."""
    seen: dict[str, str] = {}
    for name in GUESSES:
        with suppress(UnicodeDecodeError):
            seen.setdefault(" ".join(piece.decode(name).split()), name)
    for text, name in seen.items():
        complain(f"--encoding {name} reads: {text}")


def _parsed(record: FileRecord, reader: FactReader, check: Check) -> ParsedRow:
    found = list[InboundFact]()
    try:
        for each in reader.facts(record.content):
            if isinstance(each, SuppressedAddress):
                return ParsedRow(record.first, address=each)
            if problem := check(each, record.first):
                raise InvalidFact(reader.id_name, problem)
            found.append(each)
    except InvalidFact as error:
        return ParsedRow(record.first, reason=_reason(record, error, reader.spans))
    return ParsedRow(record.first, tuple(found))


def _reason(record: FileRecord, error: InvalidFact, spans: str) -> str:
    """One short line of printable text."""
    text = safe(" ".join(str(error).split()))[:LONGEST_REASON].plain
    is_long = record.last > record.first
    return text + f"; lines {record.first} to {record.last}: {spans}" * is_long
