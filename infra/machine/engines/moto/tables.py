"""The stack's tables on moto, in this process: their change streams, and the due index."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from infra.machine.engines.moto.partitions import earliest
from infra.machine.engines.moto.stream_tap import StreamTap
from infra.machine.stack import ACCOUNT_ID, REGION, Stack
from infra.package.packaged import StreamSource

EXPIRES_AT, EXPIRING = "expires_at", ("CommerceTable", "EngagementTable")
"""The attribute by which items expire, and the tables in which they do."""


class MotoTables:
    """``shards`` is how many each table's stream has; ``now`` is virtual time."""

    def __init__(self, stack: Stack, now: Callable[[], datetime], shards: int) -> None:
        self._backend, self._names, self._now = dynamodb_backends[ACCOUNT_ID][REGION], stack.tables, now
        self._taps: dict[str, StreamTap] = {}
        for logical, name in stack.tables.items():
            table = self._backend.get_table(name)
            if table.stream_shard is not None:
                table.latest_stream_label = now().isoformat()
                self._taps[logical] = table.stream_shard = StreamTap(table, now, shards)

    def subscribe(self, source: StreamSource) -> tuple[StreamTap, list[tuple[str, Any]]]:
        """The stream that triggers a function, and its shards. Raises KeyError for a table without a stream."""
        tap = self._taps[source.table]
        reader = tap.subscribe(source.filters)
        return tap, list(zip(reader.names, reader.shards, strict=True))

    def expire(self) -> None:
        """Delete the items whose time to live is over; moto keeps them."""
        now = self._now().timestamp()
        for name in (self._names[each] for each in EXPIRING if each in self._names):
            table = self._backend.get_table(name)
            items = [item for partition in table.items.values() for item in partition.values()]
            for item in items:
                until = item.attrs.get(EXPIRES_AT)
                if until is not None and float(until.value) < now:
                    table.delete_item(item.hash_key, item.range_key)

    def earliest_due(self) -> str | None:
        """When the first enrollment is due, over all lanes; ``None`` when none waits."""
        table = self._backend.get_table(self._names["EngagementTable"])  # a failed transaction replaces the object
        return earliest(table, "due")
