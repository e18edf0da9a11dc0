"""Orders and carts from CSV files, each row checked: ``file:line: column: reason`` for the first thing wrong with it."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sys import intern
from typing import NamedTuple

from chalicelib.domain.errors import RekindleError
from chalicelib.domain.money import is_currency, parse_money

ORDER_COLUMNS = ("customer_id", "order_id", "placed_at", "total", "currency")
CART_COLUMNS = ("customer_id", "cart_id", "updated_at", "lines", "total", "currency")
IS_ORDER = -1
MOST_LINES = 500
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_ID = re.compile(r"[A-Za-z0-9_.:/+=-]{1,128}")
_YEARS = range(1970, 2200)


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

    @property
    def time(self) -> datetime:
        """When it was, aware UTC."""
        return time_of(self.at)


def time_of(milliseconds: int) -> datetime:
    """The time so many milliseconds after 1970 began, aware UTC."""
    return EPOCH + milliseconds * _MILLISECOND


@dataclass
class History:
    """The rows of all files in the order of their times; of the same time, carts before orders, then as in the file."""

    rows: list[Row] = field(default_factory=list)
    skipped: int = 0

    def read(self, path: Path, columns: tuple[str, ...], on_bad: Callable[[str], None] | None = None) -> None:
        """Add a file's rows. Raises ``BadRow`` for the first bad one, unless ``on_bad`` is there to be told of each.

        What makes the whole file unusable (no header, a missing column) raises in any case; so does ``OSError``.
        """
        owners: dict[str, tuple[str, int]] = {}
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            lines = _Lines(str(path), csv.reader(file), columns)
            for found in lines:
                try:
                    if isinstance(found, BadRow):
                        raise found
                    self.rows.append(_row(found, owners, f"{path}:{lines.line}"))
                    owners.setdefault(self.rows[-1].id, (self.rows[-1].customer, lines.line))
                except BadRow as bad:
                    if on_bad is None:
                        raise
                    self.skipped += 1
                    on_bad(str(bad))

    def sort(self) -> None:
        """Bring the rows into the order of their times."""
        self.rows.sort(key=lambda row: (row.at, row.is_order))


class _Lines:
    """A CSV file's records as mappings by column, or a ``BadRow`` in their place; ``line`` is where each begins."""

    def __init__(self, name: str, reader: "Iterator[list[str]]", columns: tuple[str, ...]) -> None:
        self._name, self._reader, self._columns = name, reader, columns
        self.line = 1
        try:
            self._header = [name.strip() for name in next(reader, [])]
        except csv.Error as error:
            raise BadRow(f"{name}:1: header: {error}") from None
        for column in columns:
            if self._header.count(column) != 1:
                what = "twice" if column in self._header else "missing"
                raise BadRow(f"{name}:1: header: {column} is {what}; expected {','.join(columns)}")

    def __iter__(self) -> "Iterator[Mapping[str, str] | BadRow]":
        while True:
            self.line = int(getattr(self._reader, "line_num", 0)) + 1
            try:
                cells = next(self._reader, None)
            except csv.Error as error:
                yield BadRow(f"{self._name}:{self.line}: row: {error}")
                continue
            if cells is None:
                return
            if len(cells) == len(self._header):
                yield dict(zip(self._header, map(str.strip, cells), strict=True))
            elif cells:
                problem = f"expected {len(self._header)} fields, got {len(cells)}"
                yield BadRow(f"{self._name}:{self.line}: row: {problem}")


def _row(cells: Mapping[str, str], owners: Mapping[str, tuple[str, int]], where: str) -> Row:
    is_order = "order_id" in cells and "cart_id" not in cells or "placed_at" in cells
    name, time = ("order_id", "placed_at") if is_order else ("cart_id", "updated_at")

    def checked(column: str, check: Callable[[str], object]) -> object:
        try:
            return check(cells[column])
        except ValueError as error:
            raise BadRow(f"{where}: {column}: {error}") from None

    customer, thing = str(checked("customer_id", _identifier)), str(checked(name, _identifier))
    owner = owners.get(thing)
    if owner and (is_order or owner[0] != customer):
        raise BadRow(f"{where}: {name}: {thing!r} was already in line {owner[1]}")
    at = checked(time, parse_time)
    lines = IS_ORDER if is_order else checked("lines", _count)
    currency = str(checked("currency", _currency))
    amount = checked("total", lambda text: _amount(text, currency))
    assert isinstance(at, int) and isinstance(lines, int) and isinstance(amount, int)
    return Row(at, lines, customer, thing, amount, currency)
