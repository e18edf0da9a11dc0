"""Orders and carts from CSV files, each row checked: ``file:line: column: reason`` for what is wrong with it."""

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sys import intern
from typing import NamedTuple, TypeVar

from chalicelib.domain.errors import RekindleError
from chalicelib.domain.money import is_currency, parse_money

IS_ORDER = -1
MOST_LINES = 500
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_ID = re.compile(r"[A-Za-z0-9_.:/+=-]{1,128}")
_YEARS = range(1970, 2200)
T = TypeVar("T")


class BadRow(RekindleError):
    """A row that does not fit: ``file:line: column: reason``."""


class Row(NamedTuple):
    """One order or one state of a cart. ``at``: milliseconds since 1970 UTC; ``amount``: minor units."""

    at: int
    lines: int
    """How many lines a cart has; ``IS_ORDER`` for an order."""
    customer: str
    id: str
    amount: int
    currency: str

    @property
    def is_order(self) -> bool:
        """Whether this is an order."""
        return self.lines == IS_ORDER


@dataclass(frozen=True)
class _Cells:
    """One record of a file; ``where`` is ``file:line``."""

    where: str
    values: dict[str, str]

    def read(self, column: str, parse: Callable[[str], T]) -> T:
        try:
            return parse(self.values[column])
        except ValueError as error:
            raise BadRow(f"{self.where}: {column}: {error}") from None

    def money(self) -> tuple[int, str]:
        currency = self.read("currency", _currency)
        return self.read("total", lambda text: _amount(text, currency)), currency


@dataclass(frozen=True)
class Layout:
    """What a file holds: its columns, and which of them names the thing a row is about."""

    columns: tuple[str, ...]
    thing: str
    time: str
    has_lines: bool

    def row(self, cells: _Cells) -> Row:
        """The row in these cells. Raises ``BadRow``."""
        customer, thing = cells.read("customer_id", _identifier), cells.read(self.thing, _identifier)
        at = cells.read(self.time, parse_time)
        lines = cells.read("lines", _count) if self.has_lines else IS_ORDER
        return Row(_milliseconds(at), lines, intern(customer), thing, *cells.money())


ORDERS = Layout(("customer_id", "order_id", "placed_at", "total", "currency"), "order_id", "placed_at", False)
CARTS = Layout(("customer_id", "cart_id", "updated_at", "lines", "total", "currency"), "cart_id", "updated_at", True)


@dataclass
class History:
    """The rows of all files, and how many were skipped."""

    rows: list[Row] = field(default_factory=list)
    skipped: int = 0

    def read(self, path: Path, layout: Layout, on_bad: Callable[[str], None] | None = None) -> None:
        """Add a file's rows. Raises ``BadRow`` for the first bad one, unless ``on_bad`` is there to be told of each.

        A header that does not fit raises in any case; so does a file that cannot be read (``OSError``).
        """
        owners: dict[str, tuple[str, int]] = {}
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            for line, cells in _records(path, file, layout.columns):
                try:
                    if isinstance(cells, BadRow):
                        raise cells
                    self.rows.append(_owned(layout.row(cells), layout, owners, cells.where, line))
                except BadRow as bad:
                    if on_bad is None:
                        raise
                    self.skipped += 1
                    on_bad(str(bad))

    def sort(self) -> None:
        """Bring the rows into the order of their times; of one time carts go before orders, else as in the file."""
        self.rows.sort(key=lambda row: (row.at, row.is_order))


def time_of(milliseconds: int) -> datetime:
    """The time so many milliseconds after 1970 began, aware UTC."""
    return EPOCH + milliseconds * _MILLISECOND


def parse_time(text: str) -> datetime:
    """An ISO date or date-time, aware UTC; without an offset it is UTC, a date is its midnight. Raises ValueError."""
    try:
        found = datetime.fromisoformat(text)
        at = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"expected an ISO date or date-time, got {text!r}") from None
    if at.year not in _YEARS:
        raise ValueError(f"expected a year from {_YEARS[0]} to {_YEARS[-1]}, got {text!r}")
    return at


def _records(path: Path, lines: Iterator[str], columns: tuple[str, ...]) -> Iterator[tuple[int, _Cells | BadRow]]:
    """Each record with the line it begins in; what CSV cannot make a record of is a ``BadRow`` in its place."""
    reader = csv.reader(lines, strict=True)
    header = _header(path, reader, columns)
    while True:
        line = reader.line_num + 1
        where = f"{path}:{line}"
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield line, BadRow(f"{where}: row: {error}")
            continue
        if cells is None:
            return
        if len(cells) == len(header):
            yield line, _Cells(where, dict(zip(header, map(str.strip, cells), strict=True)))
        elif cells:
            yield line, BadRow(f"{where}: row: expected {len(header)} fields, got {len(cells)}")


def _header(path: Path, reader: Iterator[list[str]], columns: tuple[str, ...]) -> list[str]:
    try:
        header = [name.strip() for name in next(reader, [])]
    except csv.Error as error:
        raise BadRow(f"{path}:1: header: {error}") from None
    for column in columns:
        if header.count(column) != 1:
            problem = "is there twice" if column in header else "is missing"
            raise BadRow(f"{path}:1: {column}: {problem}; the columns are {','.join(columns)}")
    return header


def _owned(row: Row, layout: Layout, owners: dict[str, tuple[str, int]], where: str, line: int) -> Row:
    """The row, unless an order comes twice or a cart is two customers'."""
    owner, first = owners.setdefault(row.id, (row.customer, line))
    if first != line and (row.is_order or owner != row.customer):
        raise BadRow(f"{where}: {layout.thing}: {row.id!r} is in line {first} already")
    return row


def _identifier(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ValueError(f"expected 1 to 128 letters, digits or any of _.:/+=-, got {text[:140]!r}")
    return text


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 9 and int(text) <= MOST_LINES):
        raise ValueError(f"expected a whole number from 0 to {MOST_LINES}, got {text[:40]!r}")
    return int(text)


def _currency(text: str) -> str:
    if not is_currency(text):
        raise ValueError(f"expected an ISO 4217 code such as USD, got {text[:40]!r}")
    return intern(text)


def _amount(text: str, currency: str) -> int:
    amount = parse_money(text, currency).amount
    if amount < 0:
        raise ValueError(f"expected an amount of 0 or more, got {text!r}")
    return amount


def _milliseconds(at: datetime) -> int:
    return (at - EPOCH) // _MILLISECOND
