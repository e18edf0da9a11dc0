"""CSV: a header, then one record per row; the columns may be in any order, and unknown ones are ignored."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, TextIO

from chalicelib.domain.errors import InvalidFact
from chalicelib.sources.history.columns import Column, FileKind, ParseCell
from chalicelib.sources.history.csv_records import BrokenRow, CsvRecords
from chalicelib.sources.history.fields import RowFields
from chalicelib.sources.history.lines import FileRecord
from chalicelib.sources.reading.dialect import PLAIN, Dialect
from chalicelib.sources.reading.times import seconds_text

EMPTY: Mapping[str, str] = {}


class _Picked(NamedTuple):
    """A column of this file; ``place`` None: it is not there, and ``text`` stands in it."""

    place: int | None
    field: str
    parse: ParseCell | None
    is_required: bool
    text: str = ""


class CsvFile:
    """A ``FileFormat``. An empty cell of an optional column has no value."""

    NEWLINE: ClassVar[str] = ""

    def __init__(self, file: TextIO, kind: FileKind, mapping: Mapping[str, str], dialect: Dialect = PLAIN) -> None:
        self._dialect = dialect
        try:
            self._records = CsvRecords(file, dialect.separator_of)
        except InvalidFact as error:
            raise InvalidFact("header", error.problem) from None
        header = self._records.header
        self._names, self._picked, self._shape = dict[str, str](), list[_Picked](), kind.shape
        for field in kind.fields:
            if found := _found(header, kind, field, mapping, dialect):
                name, column = found
                self._names[field] = name
                place, is_required = header.index(name), field in kind.required
                self._picked.append(_Picked(place, field, self._reading(column, kind), is_required))
            elif field == "currency" and dialect.currency:
                self._names[field] = field
                self._picked.append(_Picked(None, field, None, is_required=True, text=dialect.currency))
        if kind.has_owners and not {"customer_id", "email"} & self._names.keys():
            raise InvalidFact("customer_id", "is missing, and so is email: it is unknown whose the rows are")

    def __iter__(self) -> Iterator[FileRecord]:
        return iter(self._records)

    def text(self, field: str, content: Any) -> str:
        """What stands in the column of a field; empty if there is none, or the row cannot be read."""
        place = self._place(field)
        return "" if place is None or isinstance(content, InvalidFact) else content[place].strip()

    def may_have(self, field: str, text: str, content: Any) -> bool:
        """Whether a row that cannot be read may have this text in the column of a field."""
        place = self._place(field)
        if place is None or not isinstance(content, BrokenRow):
            return True
        return content.may_have(text, place, len(self._records.header))

    def fields(self, content: list[str] | InvalidFact, beside: Mapping[str, str] = EMPTY) -> RowFields:
        """The fields of a record; ``beside`` has the texts of cells that are empty in it."""
        if isinstance(content, InvalidFact):
            raise content
        texts = {field: text if place is None else content[place].strip() for place, field, _, _, text in self._picked}
        texts |= {field: text for field, text in beside.items() if texts.get(field) == ""}
        values, faults = dict[str, Any](), dict[str, str]()
        for _, field, parse, is_required, _ in self._picked:
            text = texts[field]
            if text or is_required:
                try:
                    values[field] = parse(text, texts) if parse else text
                except (ValueError, ArithmeticError) as error:
                    values[field], faults[field] = text, str(error)
        return RowFields(self._shape(values), self._names, texts, faults)

    def _place(self, field: str) -> int | None:
        return next((each.place for each in self._picked if each.field == field), None)

    def _reading(self, column: Column, kind: FileKind) -> ParseCell | None:
        """How a cell of this column is read, in the file's dialect."""
        if column.is_time:
            return lambda text, row: (
                (kind.has_seconds and seconds_text(text)) or self._dialect.time(text, assumes_utc=kind.assumes_utc)
            )
        if column.is_amount and (parse := column.parse):
            return lambda text, row: parse(self._dialect.amount(text), row)
        return column.parse


def _found(
    header: Sequence[str], kind: FileKind, field: str, mapping: Mapping[str, str], dialect: Dialect
) -> tuple[str, Column] | None:
    """The column of the header that fills a field, if there is one; raises ``InvalidFact``."""
    candidates = kind.candidates(field, mapping)
    name = next((name for name in candidates if name in header), None)
    if name is None and (field not in kind.required or (field == "currency" and dialect.currency)):
        return None
    if name is None or header.count(name) > 1:
        problem = "is missing" if name is None else "is there twice"
        raise InvalidFact(name or next(iter(candidates)), f"{problem}; the columns are {kind.listing()}")
    return name, candidates[name]
