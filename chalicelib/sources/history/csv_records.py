"""The records of a CSV file, each with the lines it spans. A broken record affects only its own first line."""

import csv
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TextIO

from chalicelib.domain.errors import InvalidFact
from chalicelib.sources.history.lines import LONGEST_ROW, FileRecord, TextLine, text_lines, too_long


class BrokenRow(InvalidFact):
    """A row that cannot be read; ``readings`` are its cells, with its quotes and without regard to them."""

    def __init__(self, error: InvalidFact, readings: Sequence[Sequence[str]]) -> None:
        super().__init__(error.field, error.problem)
        self.readings = [[each.strip().strip('"').strip() for each in cells] for cells in readings]

    @property
    def cells(self) -> set[str]:
        """All texts that may be one of its cells."""
        return {cell for cells in self.readings for cell in cells}

    def may_have(self, text: str, place: int, columns: int) -> bool:
        """Whether this text may stand in a row of so many columns at this place.

        Its place is right from the left if the row is torn behind it, from the right if before it, and between these
        two if on both sides. An empty cell may be any text, and so may one that is lost in a row that is too short.
        """
        for cells in self.readings:
            if place >= len(cells):
                return True
            first, last = sorted((place, max(0, place + len(cells) - columns)))
            if {text.casefold(), ""} & {cell.casefold() for cell in cells[first : last + 1]}:
                return True
        return False


class CsvRecords:
    """Each record as its cells, or as the ``InvalidFact`` that explains why it has none; blank lines are left out.

    A cell in quotes may span lines. When such a record is invalid, only its first line is skipped: most often the quote
    was not meant to span lines, and good rows follow.
    """

    def __init__(self, file: TextIO, separator_of: Callable[[str], str] = lambda header: ",") -> None:
        """Reads the header; ``separator_of`` returns the separator, given its first line. Raises ``InvalidFact``."""
        self._source = _RecordLines(file)
        self._separator = separator_of(self._source.first())
        self._reader = csv.reader(self._source, strict=True, delimiter=self._separator)
        self.header = [name.strip() for name in self._next() or ()]

    def __iter__(self) -> Iterator[FileRecord]:
        while True:
            cells: list[str] | None = []
            try:
                cells = self._next()
                if cells and len(cells) != len(self.header):
                    if not any(map(str.strip, cells)):
                        continue  # as good as a blank line
                    raise InvalidFact("row", f"expected {len(self.header)} fields, got {len(cells)}")
            except InvalidFact as error:
                yield self._skipped(error, cells or ())
                continue
            if cells is None:
                return
            if cells:
                yield FileRecord(self._source.record[0].number, self._source.record[-1].number, cells)

    def _next(self) -> list[str] | None:
        self._source.begin_record()
        try:
            return next(self._reader, None)
        except csv.Error as error:
            raise InvalidFact("row", _in_words(error)) from None

    def _skipped(self, error: InvalidFact, cells: Sequence[str]) -> FileRecord:
        first, last = self._source.record[0].number, self._source.record[-1].number
        if first != last:
            self._source.reread()
            problem = f"{error.problem}; a quote is open up to line {last}, so reading continues with line {first + 1}"
            error = InvalidFact(error.field, problem)
        readings = [self._source.record[0].text.rstrip().split(self._separator)]
        if cells and first == last:
            readings.append(list(cells))
        return FileRecord(first, first, BrokenRow(error, readings))


class _RecordLines:
    """The lines that ``csv.reader`` reads; those after the first of a record can be read again."""

    def __init__(self, file: TextIO) -> None:
        self.record: list[TextLine] = []
        self._lines, self._ahead, self._length = text_lines(file), deque[TextLine](), 0

    def __iter__(self) -> "_RecordLines":
        return self

    def __next__(self) -> str:
        line = self._ahead.popleft() if self._ahead else next(self._lines)
        self.record.append(line)
        self._length += len(line.text)
        if line.is_cut:
            raise too_long()
        if "\0" in line.text:
            raise InvalidFact("row", "expected text, got a NUL byte")
        if self._length > LONGEST_ROW:
            raise InvalidFact("row", f"a quote is opened and not closed within {LONGEST_ROW:,} characters")
        return line.text

    def first(self) -> str:
        """The first line, which is read again."""
        self._ahead.extend(islice(self._lines, 1))
        return self._ahead[0].text if self._ahead else ""

    def begin_record(self) -> None:
        """Drop the lines of the previous record."""
        self.record, self._length = [], 0

    def reread(self) -> None:
        """Read all lines of the record except the first again."""
        self._ahead.extendleft(reversed(self.record[1:]))


def _in_words(error: csv.Error) -> str:
    text = str(error)
    if "unexpected end of data" in text:
        return "a quote is opened and never closed"
    if "expected after" in text:
        return "expected the cell to end after the closing quote, or the quote doubled"
    if "field larger" in text:
        return f"expected no cell of more than {csv.field_size_limit():,} characters"
    return text
