"""The streams of the shop's own tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.entry.streams import Record, in_order, item
from chalicelib.services.adopt import Adopt, Seen
from chalicelib.services.metrics import Emit
from chalicelib.services.ports import Queue
from chalicelib.sources.own_tables.facts import fact_of
from chalicelib.sources.own_tables.records import place
from chalicelib.sources.own_tables.tables import OwnTables


@dataclass(frozen=True)
class OwnTablesStream:
    """Hands the facts of each record, by the mapping of the tables, to the service."""

    tables: OwnTables
    service: Adopt
    poison: Queue
    emit: Emit

    def __call__(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Handle a batch of records of any mapped table."""

        def handle(record: Record) -> None:
            self.service([Seen(fact_of(each.body), each.removed_at) for each in self.tables.facts(record)])

        return in_order(event, handle, self.poison, self.emit, names=place, queue=item)
