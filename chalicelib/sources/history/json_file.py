"""JSON Lines: each line is an object with the fields of ``POST /v1/facts``; amounts are whole minor units."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, TextIO

import msgspec

from chalicelib.domain.errors import InvalidFact
from chalicelib.sources.history.columns import FileKind
from chalicelib.sources.history.fields import RowFields
from chalicelib.sources.history.lines import FileRecord, TextLine, text_lines, too_long
from chalicelib.sources.reading.times import seconds_text, utc_text


class JsonLinesFile:
    """A ``FileFormat``. Blank lines are left out."""

    NEWLINE: ClassVar[str] = "\n"

    def __init__(self, file: TextIO, kind: FileKind, mapping: Mapping[str, str]) -> None:
        self._file, self._kind = file, kind
        self._names = [
            (name, field)
            for field in kind.fields
            for name, column in kind.candidates(field, mapping).items()
            if column.in_json
        ]
        self._times = sorted({column.field for column in kind.columns if column.is_time and kind.assumes_utc})

    def __iter__(self) -> Iterator[FileRecord]:
        lines = text_lines(self._file)
        return (FileRecord(line.number, line.number, line) for line in lines if not line.text.isspace())

    def fields(self, content: TextLine) -> RowFields:
        """The fields of the object in a line, with each value as written; no number is rounded."""
        found = _object(content)
        row = RowFields({}, names := {}, {}, faults := {})
        for name, field in self._names:
            if name in found and field not in names:
                row.values[field], names[field] = found.pop(name), name
        if found and not self._kind.ignores_others:
            _check_names([*row.values, *found])
            row.values.update(found)
        for field in self._times:
            at = _decoded(row.values.get(field))
            if self._kind.has_seconds and isinstance(at, str | int | float) and (seconds := seconds_text(str(at))):
                row.values[field] = seconds
            elif isinstance(at, str):
                try:
                    row.values[field] = utc_text(at)
                except ValueError as error:
                    faults[field] = str(error)
        return row


def _object(line: TextLine) -> dict[str, msgspec.Raw]:
    if line.is_cut:
        raise too_long()
    try:
        found = msgspec.json.decode(line.text.encode(), type=dict[str, msgspec.Raw])
        _NAMES.decode(line.text)
    except UnicodeEncodeError:
        problem = "expected UTF-8"
    except RecursionError:
        problem = "its brackets are nested too deeply"
    except msgspec.ValidationError:
        problem = "expected an object"
    except (msgspec.DecodeError, json.JSONDecodeError):
        problem = "expected JSON"
    else:
        return found
    raise InvalidFact("row", problem)


def _decoded(raw: msgspec.Raw | None) -> Any:
    try:
        return None if raw is None else msgspec.json.decode(raw)
    except msgspec.DecodeError:  # it is checked and refused later, with the others
        return None


def _check_names(names: Sequence[str]) -> None:
    """Raise ``InvalidFact`` if an object has a name twice: it is unknown which value is meant."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InvalidFact("row", f"the name {name!r} is in it twice")
        seen.add(name)


_NAMES = json.JSONDecoder(
    object_pairs_hook=lambda pairs: _check_names([name for name, _ in pairs]),
    parse_int=len, parse_float=len, parse_constant=len,
)  # fmt: skip
"""Checks names only: it reads no number."""
