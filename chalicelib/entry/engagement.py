"""The ``engagement`` stream: outcomes and standings changed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.entry.records import counted_change, names, sequence_number
from chalicelib.entry.streams import Record, in_order
from chalicelib.services.metrics import Emit
from chalicelib.services.ports import Queue
from chalicelib.services.rollup import Change, Rollup


def change_of(record: Record) -> Change:
    """A record's place in its shard, and what it adds to the counters."""
    return sequence_number(record), counted_change(record)


@dataclass(frozen=True)
class EngagementStream:
    """Hands the changes of a batch to the service, and then the names of the counters that changed to ``judge``.

    ``poison`` takes records that fail permanently.
    """

    service: Rollup
    judge: Callable[[Iterable[str]], None]
    poison: Queue
    emit: Emit
    read: Callable[[Record], Change] = change_of

    def __call__(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Handle a batch; ``shardId`` and ``state`` are there because the source has a tumbling window."""
        changes: list[Change] = []

        def read(record: Record) -> None:
            changes.append(self.read(record))

        answer = in_order(event, read, self.poison, self.emit, names=names)
        self.service(event.get("shardId") or "none", changes)
        self.judge({counter for _, counts in changes for _, counter in counts})
        return {**answer, "state": event.get("state") or {}}
