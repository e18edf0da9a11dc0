"""The mapping of the shop's own tables: written in ``infra/sources.yaml``, and packaged as JSON.

For each field of a body of ``POST /v1/facts`` it has a JMESPath expression over the item in plain values. It is checked
when the package is made.
"""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from chalicelib.sources.own_tables.values import Amounts


class FactMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fact in the items for which ``when`` is true. All texts in ``fields`` are expressions.

    ``kind`` is the ``type`` of its body. ``removed`` is the meaning of the removal of such an item.
    """

    kind: str
    fields: dict[str, str]
    when: str = "`true`"
    removed: Literal["ignore", "empty", "cancel", "erase"] = "ignore"


class OwnTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the shop. ``zone`` is for times without an offset; ``filters`` are Lambda's, for ``dynamodb``."""

    name: str
    stream: str
    facts: tuple[FactMapping, ...]
    amounts: Amounts = "decimal"
    zone: str = "UTC"
    filters: tuple[dict[str, Any], ...] = ()

    @property
    def arn(self) -> str:
        """The table's own ARN, which stays the same when its stream is replaced."""
        return table_arn(self.stream)


class MappedTables(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole mapping."""

    tables: tuple[OwnTable, ...] = ()


def table_arn(stream: str) -> str:
    """The ARN of a stream's table."""
    return stream.partition("/stream/")[0]


def load(content: bytes) -> tuple[OwnTable, ...]:
    """The tables of a packaged mapping; raises ``msgspec.MsgspecError``."""
    return msgspec.json.decode(content, type=MappedTables).tables


def dump(tables: Sequence[OwnTable]) -> bytes:
    """The mapping in its packaged form."""
    return msgspec.json.encode(MappedTables(tuple(tables)))
