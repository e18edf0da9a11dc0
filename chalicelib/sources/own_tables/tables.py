"""The facts in the records of all mapped tables."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chalicelib.sources.own_tables.items import ItemFact, ItemReader
from chalicelib.sources.own_tables.mapping import OwnTable, table_arn
from chalicelib.sources.own_tables.records import change_of


class OwnTables:
    """Reads the records of all mapped tables."""

    def __init__(self, tables: Sequence[OwnTable]) -> None:
        self._readers = {table.arn: tuple(ItemReader.of(table, each) for each in table.facts) for table in tables}

    def facts(self, record: Mapping[str, Any]) -> Iterator[ItemFact]:
        """The new facts in a record.

        Raises ``InvalidFact`` for an invalid value, and ``ValueError`` for the stream of a table that is not mapped, or
        one without the images that are needed.
        """
        arn = table_arn(str(record["eventSourceARN"]))
        if arn not in self._readers:
            raise ValueError("the stream of a table that is not mapped")
        change = change_of(record)
        chosen = [(reader, reader.is_chosen(change.new)) for reader in self._readers[arn]]
        kinds = {reader.mapping.kind for reader, is_chosen in chosen if is_chosen}
        for reader, is_chosen in chosen:
            if change.new is not None and is_chosen:
                yield from reader.changed(change.old, change.new)
            elif is_chosen is False and reader.mapping.kind not in kinds:
                yield from reader.removed(change)
