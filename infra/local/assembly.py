"""The pumps that a set of event sources needs, joined to the stack's tables and queues."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import moto.sqs.models as moto_sqs
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table

from infra.local.packaged import EventSource, QueueSource, ScheduleSource, StreamSource
from infra.local.queues import QueuePump
from infra.local.stack import ACCOUNT_ID, REGION, Stack
from infra.local.stream_tap import StreamTap
from infra.local.streams import Event, Handler, Redeliver, ShardPump


class Pump(Protocol):
    """Moves what waits for one function."""

    @property
    def backlog(self) -> int: ...

    def is_ready(self) -> bool: ...

    def next_due(self) -> datetime | None: ...

    def step(self) -> bool: ...


@dataclass(frozen=True)
class Surroundings:
    """What pumps are joined to; ``handler`` finds a function by its name."""

    stack: Stack
    now: Callable[[], datetime]
    handler: Callable[[str], Handler]
    redeliver: Redeliver
    shards: int


@dataclass(frozen=True)
class Plugged:
    """The pumps in the order they are run, the schedules, and moto's tables by logical name."""

    pumps: tuple[Pump, ...]
    schedules: tuple[ScheduleSource, ...]
    tables: Mapping[str, Table]


def plug_in(sources: tuple[EventSource, ...], around: Surroundings) -> Plugged:
    """Tap the streams, open the queues. Raises KeyError for a source that names no resource of the stack."""
    backend = dynamodb_backends[ACCOUNT_ID][REGION]
    tables = {logical: backend.get_table(name) for logical, name in around.stack.tables.items()}
    taps = {}
    for logical, table in tables.items():
        if table.stream_shard is not None:
            table.latest_stream_label = around.now().isoformat()
            taps[logical] = table.stream_shard = StreamTap(table, around.now, around.shards)
    pumps: list[Pump] = []
    for source in sources:
        if isinstance(source, StreamSource):
            pumps += _shard_pumps(source, taps[source.table], around)
        elif isinstance(source, QueueSource):
            name = _queue_name(around.stack, source.queue)
            pumps.append(QueuePump(source, name, around.handler(source.function), around.now, around.redeliver))
    return Plugged(tuple(pumps), tuple(each for each in sources if isinstance(each, ScheduleSource)), tables)


def _shard_pumps(source: StreamSource, tap: StreamTap, around: Surroundings) -> list[Pump]:
    reader = tap.subscribe(source.filters)

    def bury(metadata: Event) -> None:
        if source.on_failure_queue is not None:
            backend = moto_sqs.sqs_backends[ACCOUNT_ID][REGION]
            backend.send_message(_queue_name(around.stack, source.on_failure_queue), json.dumps(metadata))

    return [
        ShardPump(source, tap, shard, around.handler(source.function), bury, around.now, around.redeliver)
        for shard in zip(reader.names, reader.shards, strict=True)
    ]


def _queue_name(stack: Stack, logical: str) -> str:
    return stack.queues[logical].rsplit("/", 1)[-1]
