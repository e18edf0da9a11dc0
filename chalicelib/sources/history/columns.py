"""The columns of a file: their names, the fields of a fact that they fill, and the required ones."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

ParseCell = Callable[[str, Mapping[str, str]], Any]
"""Converts the text of a CSV cell to a field's value, given all texts of the row by field; raises ``ValueError``."""


@dataclass(frozen=True)
class Column:
    """A column of CSV, and (``in_json``) the name of its field in an object of JSON Lines.

    ``fills``: the field of a fact, if it has another name. ``parse``: None if the CSV text is the API's value.
    ``is_time``: it contains a time. ``is_amount``: a number with decimals, of money or of pieces.
    """

    name: str
    fills: str = ""
    parse: ParseCell | None = None
    in_json: bool = True
    is_time: bool = False
    is_amount: bool = False

    @property
    def field(self) -> str:
        """The field of a fact."""
        return self.fills or self.name


@dataclass(frozen=True)
class FileKind:
    """The contents of a file. ``tag`` is the type of the facts in ``POST /v1/facts``.

    ``columns``: if a file has several columns for one field, the first in this list counts. ``required``: fields.
    ``shape`` makes the API's body from the values of a CSV row. ``assumes_utc``: a time without an offset is UTC, and a
    date means midnight; if not, times need an offset.
    ``has_seconds``: a time may be a number of seconds since 1970.
    ``ignores_others``: unknown fields of JSON Lines are ignored, as unknown columns of CSV always are.
    """

    tag: str
    columns: tuple[Column, ...]
    required: frozenset[str]
    shape: Callable[[dict[str, Any]], dict[str, Any]] = lambda values: values
    assumes_utc: bool = False
    ignores_others: bool = False
    has_seconds: bool = False

    @property
    def has_owners(self) -> bool:
        """Whether each row is somebody's: a customer's by their id, or a guest's by their address."""
        return "customer_id" in self.fields

    @cached_property
    def fields(self) -> Mapping[str, tuple[Column, ...]]:
        """The columns that fill each field, the preferred one first."""
        names = dict.fromkeys(column.field for column in self.columns)
        return {name: tuple(column for column in self.columns if column.field == name) for name in names}

    def candidates(self, field: str, mapping: Mapping[str, str]) -> Mapping[str, Column]:
        """The names that a field's column may have in a file, the preferred one first.

        ``mapping``: our name of a column → the file's. If it has a column of a field, that field has no other name.
        """
        columns = self.fields[field]
        mapped = [column for column in columns if column.name in mapping]
        return {mapping.get(column.name, column.name): column for column in mapped or columns}

    def listing(self) -> str:
        """The names of all columns, for people: ``id or order_id, [coupon]``, the optional ones in brackets."""
        names = {field: " or ".join(column.name for column in columns) for field, columns in self.fields.items()}
        return ", ".join(name if field in self.required else f"[{name}]" for field, name in names.items())
