"""The unchecked fields of a row: the same for every file format."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple, Protocol, TextIO

from chalicelib.sources.history.columns import FileKind
from chalicelib.sources.history.lines import FileRecord


class RowFields(NamedTuple):
    """The fields of one row. ``names``: their names in the file.

    ``texts``: the cells, if the file has cells. ``faults``: for fields that could not be parsed, what was expected;
    their ``values`` are still text, so the later check reports the first of all invalid fields.
    """

    values: dict[str, Any]
    names: Mapping[str, str]
    texts: Mapping[str, str]
    faults: Mapping[str, str]


class FileFormat(Protocol):
    """A file format: yields its records one at a time, and returns the fields of a record."""

    NEWLINE: ClassVar[str]
    """The argument ``newline`` of ``open``."""

    def __init__(self, file: TextIO, kind: FileKind, mapping: Mapping[str, str]) -> None:
        """``mapping``: our name of a column → the file's. Raises ``InvalidFact`` for an invalid header."""
        ...

    def __iter__(self) -> Iterator[FileRecord]:
        """Every record of the file, including invalid ones."""
        ...

    def fields(self, content: Any) -> RowFields:
        """The fields of a record; raises ``InvalidFact`` if it cannot be read."""
        ...
