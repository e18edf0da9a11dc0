"""A transaction that fails leaves no record in a stream."""

from collections.abc import Callable
from typing import Any

from moto.dynamodb.models import DynamoDBBackend

from infra.machine.engines.moto.stream_tap import StreamTap
from infra.machine.engines.moto.swaps import Patch, Swap

Transact = Callable[[DynamoDBBackend, list[dict[str, Any]]], None]


def _held_back(transact: Transact) -> Transact:
    """moto restores the tables when a transaction fails: streams get the writes only after it has succeeded."""

    def transact_write_items(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        taps = [table.stream_shard for table in self.tables.values() if isinstance(table.stream_shard, StreamTap)]
        for tap in taps:
            tap.hold()
        has_succeeded = False
        try:
            transact(self, transact_items)
            has_succeeded = True
        finally:
            for tap in taps:
                tap.release(has_succeeded)

    return transact_write_items


TRANSACTIONS = Patch(
    name="transactions",
    purpose="A failed transaction leaves no record in the stream, as on AWS; moto leaves one for each of its writes.",
    swaps=(Swap(DynamoDBBackend, "transact_write_items", _held_back),),
)
