"""The streams of the shop's own tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.entry.streams import Record, in_order
from chalicelib.services.adopt import Adopt, Seen
from chalicelib.services.measures import Tell
from chalicelib.services.ports import Queue
from chalicelib.sources.own_tables.facts import incoming
from chalicelib.sources.own_tables.mapping import OwnTables, place


@dataclass(frozen=True)
class OwnTablesStream:
    """Hands what each record says, by the mapping of the tables, to the service."""

    tables: OwnTables
    service: Adopt
    poison: Queue
    tell: Tell

    def __call__(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Handle a batch of records of any mapped table."""

        def handle(record: Record) -> None:
            self.service([Seen(incoming(row.body), row.removed_at) for row in self.tables.rows(record)])

        return in_order(event, handle, self.poison, self.tell, names=place)
