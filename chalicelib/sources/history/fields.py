"""What a row says, by field and not yet checked: the same for every format of files."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple, Protocol, TextIO

from chalicelib.sources.history.columns import FileKind
from chalicelib.sources.history.lines import FileRecord


class RowFields(NamedTuple):
    """The fields of one row. ``names``: what the file calls them.

    ``texts``: the cells, where the file has cells. ``faults``: of fields that could not be parsed, what was expected;
    among ``values`` they are still text, so the check that comes next refuses the first of all that is wrong.
    """

    values: dict[str, Any]
    names: Mapping[str, str]
    texts: Mapping[str, str]
    faults: Mapping[str, str]


class FileFormat(Protocol):
    """A format of files: its records one at a time, and what one of them says."""

    NEWLINE: ClassVar[str]
    """As for ``open``: which line breaks end a line."""

    def __init__(self, file: TextIO, kind: FileKind, mapping: Mapping[str, str]) -> None:
        """``mapping``: our name of a column → the file's. Raises ``InvalidFact`` for a header that does not fit."""
        ...

    def __iter__(self) -> Iterator[FileRecord]:
        """Every record of the file, the bad ones too."""
        ...

    def fields(self, content: Any) -> RowFields:
        """What a record says; raises ``InvalidFact`` for one that cannot be read."""
        ...
