"""The pumps for a set of event sources, connected to the stack's queues and to the engine of its tables."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import moto.sqs.models as moto_sqs

from infra.machine.queues import QueuePump
from infra.machine.stack import ACCOUNT_ID, REGION, Stack
from infra.machine.streams import Event, Handler, Redeliver, ShardPump, Stream
from infra.package.packaged import EventSource, QueueSource, ScheduleSource, StreamSource


class Pump(Protocol):
    """Passes waiting records or messages to one function."""

    @property
    def function(self) -> str: ...

    @property
    def reads(self) -> str: ...

    @property
    def is_busy(self) -> bool: ...

    @property
    def backlog(self) -> int: ...

    def contents(self) -> list[object]: ...

    def is_ready(self) -> bool: ...

    def next_due(self) -> datetime | None: ...

    def step(self) -> bool: ...


class Tables(Protocol):
    """The engine that stores the tables."""

    def subscribe(self, source: StreamSource) -> tuple[Stream, Sequence[tuple[str, Any]]]:
        """The stream that triggers a function, and its shards: the name and the waiting records of each."""
        ...

    def earliest_due(self) -> str | None:
        """When the first enrollment is due; ``None`` if none waits."""
        ...


@dataclass(frozen=True)
class Connections:
    """The connections of the pumps; ``handler`` finds a function by its name."""

    stack: Stack
    now: Callable[[], datetime]
    handler: Callable[[str], Handler]
    redeliver: Redeliver
    tables: Tables


@dataclass(frozen=True)
class Connected:
    """The pumps in the order they are run, and the schedules."""

    pumps: tuple[Pump, ...]
    schedules: tuple[ScheduleSource, ...]


def connect(sources: tuple[EventSource, ...], to: Connections) -> Connected:
    """Subscribe to the streams, open the queues. Raises KeyError for a source that names no resource of the stack."""
    pumps: list[Pump] = []
    for source in sources:
        if isinstance(source, StreamSource):
            pumps += _shard_pumps(source, to)
        elif isinstance(source, QueueSource):
            name = _queue_name(to.stack, source.queue)
            pumps.append(QueuePump(source, name, to.handler(source.function), to.now, to.redeliver))
    return Connected(tuple(pumps), tuple(each for each in sources if isinstance(each, ScheduleSource)))


def _shard_pumps(source: StreamSource, to: Connections) -> list[Pump]:
    stream, shards = to.tables.subscribe(source)

    def set_aside(metadata: Event) -> None:
        if source.on_failure_queue is not None:
            backend = moto_sqs.sqs_backends[ACCOUNT_ID][REGION]
            backend.send_message(_queue_name(to.stack, source.on_failure_queue), json.dumps(metadata))

    return [
        ShardPump(source, stream, shard, to.handler(source.function), set_aside, to.now, to.redeliver)
        for shard in shards
    ]


def _queue_name(stack: Stack, logical: str) -> str:
    return stack.queues[logical].rsplit("/", 1)[-1]
