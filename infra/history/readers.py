"""The rows of a file that somebody else wrote, CSV or JSON Lines: one at a time, each with the line it begins in.

Nothing in a file ends the reading. What cannot be read is told and left out, and the lines behind it are read. No more
than one row is in memory, and none that is longer than ``MOST``.
"""

import csv
import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TextIO

import msgspec

MOST = 1_000_000
"""Letters of a row: whatever is stored is at most 400 KB, an item of DynamoDB's."""


class Unreadable(ValueError):
    """A row is not what it should be; the message names the field, or the row, and tells what was expected."""


class Line(NamedTuple):
    """A line with its end; ``is_cut``: it was longer than ``MOST``."""

    number: int
    text: str
    is_cut: bool = False


def lines(file: TextIO) -> Iterator[Line]:
    """The lines of a file, from number 1; what a line has beyond ``MOST`` letters is passed over."""
    number = 0
    while text := file.readline(MOST + 1):
        number += 1
        is_cut = len(text) > MOST and not _is_ended(text)
        yield Line(number, text, is_cut)
        while is_cut and (more := file.readline(MOST)):
            is_cut = not _is_ended(more)


def _is_ended(text: str) -> bool:
    return text.endswith(("\n", "\r"))


class Row(NamedTuple):
    """What stands in the lines ``first`` to ``last`` of a file."""

    first: int
    last: int
    content: Any


class Records:
    """The records of CSV, each as its cells or as why there are none (``Unreadable``); blank lines are left out.

    A quote that is opened may go on over several lines. Where such a record does not come out well, only its first line
    is given up, for most often the quote was never meant to go on, and would swallow good rows.
    """

    def __init__(self, file: TextIO) -> None:
        """Reads the header; raises ``Unreadable``."""
        self._source = _Source(file)
        self._reader = csv.reader(self._source, strict=True)
        self.header = [name.strip() for name in self._next() or ()]

    def __iter__(self) -> Iterator[Row]:
        while True:
            try:
                cells = self._next()
                if cells and len(cells) != len(self.header):
                    raise Unreadable(f"row: expected {len(self.header)} cells, got {len(cells)}")
            except Unreadable as error:
                yield self._given_up(error)
                continue
            if cells is None:
                return
            if cells:
                yield Row(self._source.record[0].number, self._source.record[-1].number, cells)

    def _next(self) -> list[str] | None:
        self._source.begin()
        try:
            return next(self._reader, None)
        except csv.Error as error:
            raise Unreadable(f"row: {_in_words(error)}") from None

    def _given_up(self, error: Unreadable) -> Row:
        first, last = self._source.record[0].number, self._source.record[-1].number
        if first != last:
            self._source.give_back()
            error = Unreadable(f"{error}; a quote is open up to line {last}, and reading goes on with line {first + 1}")
        return Row(first, first, error)


class _Source:
    """The lines that ``csv.reader`` asks for; those of the record at hand may be given back, but for its first."""

    def __init__(self, file: TextIO) -> None:
        self.record: list[Line] = []
        self._lines, self._ahead, self._letters = lines(file), deque[Line](), 0

    def __iter__(self) -> "_Source":
        return self

    def __next__(self) -> str:
        line = self._ahead.popleft() if self._ahead else next(self._lines)
        self.record.append(line)
        self._letters += len(line.text)
        if line.is_cut:
            raise Unreadable(_TOO_LONG)
        if "\0" in line.text:
            raise Unreadable("row: expected text, got a NUL byte")
        if self._letters > MOST:
            raise Unreadable(f"row: a quote is opened and not closed within {MOST:,} letters")
        return line.text

    def begin(self) -> None:
        """Another record begins."""
        self.record, self._letters = [], 0

    def give_back(self) -> None:
        """Read all but the record's first line again."""
        self._ahead.extendleft(reversed(self.record[1:]))


_TOO_LONG = f"row: expected no more than {MOST:,} letters"


def _in_words(error: csv.Error) -> str:
    said = str(error)
    if "unexpected end of data" in said:
        return "a quote is opened and never closed"
    if "expected after" in said:
        return "expected a comma after the closing quote, or the quote doubled"
    if "field larger" in said:
        return f"expected no cell of more than {csv.field_size_limit():,} letters"
    return said


def json_rows(file: TextIO) -> Iterator[Row]:
    """The lines of JSON Lines, but for blank ones, each as a ``Line``."""
    return (Row(line.number, line.number, line) for line in lines(file) if not line.text.isspace())


def values(line: Line) -> Mapping[str, msgspec.Raw]:
    """A line's object, each value as it is written there, no number rounded; raises ``Unreadable``."""
    if line.is_cut:
        raise Unreadable(_TOO_LONG)
    try:
        found = msgspec.json.decode(line.text.encode(), type=dict[str, msgspec.Raw])
        _NAMES.decode(line.text)
    except UnicodeEncodeError:
        raise Unreadable("row: expected UTF-8") from None
    except RecursionError:
        raise Unreadable("row: its brackets are nested too deeply") from None
    except msgspec.ValidationError:
        raise Unreadable("row: expected an object") from None
    except (msgspec.DecodeError, json.JSONDecodeError):
        raise Unreadable("row: expected JSON") from None
    return found


def each_once(pairs: Sequence[tuple[str, Any]]) -> None:
    """Raise ``Unreadable`` when an object tells a name twice: nobody knows which of the two is meant."""
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise Unreadable(f"row: the name {name!r} is in it twice")
        seen.add(name)


_NAMES = json.JSONDecoder(object_pairs_hook=each_once, parse_int=len, parse_float=len, parse_constant=len)
"""Looks at names only: no number is read by it."""
