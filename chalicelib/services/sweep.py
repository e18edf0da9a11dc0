"""Every minute: find due enrollments, lane by lane, and queue them in batches; no item of theirs is changed here.

The oldest of a lane come first, as its index has them (``DueStore``); how many of each lane is decided here. While a
circuit is open, only a probe is queued every few minutes: the oldest batch of a lane, of another one each time.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.domain.journeys.circuit import PROBE_EVERY, Circuit
from chalicelib.domain.journeys.due import DueKey, lane_name
from chalicelib.domain.time import from_text, to_text
from chalicelib.services.metrics import Emit, Metric, emit_nothing
from chalicelib.services.ports import CircuitStore, DueStore, FifoQueue

BATCH = 50
BATCHES_A_LANE = 4


@dataclass(frozen=True)
class Sweep:
    """Queues due enrollments: one message group per lane, so that only one batch of a lane is in progress at a time."""

    store: DueStore
    circuits: CircuitStore
    queue: FifoQueue
    lanes: int
    clock: Callable[[], datetime]
    emit: Emit = emit_nothing

    def __call__(self) -> dict[str, Any]:
        """Queue batches, or a probe while a circuit is open; return the counts."""
        now = self.clock()
        stopped = self.circuits.all()
        names = map(lane_name, range(self.lanes))
        due = {lane: self.store.due(lane, now, BATCH * BATCHES_A_LANE) for lane in names}
        queued = self._probe(stopped.values(), due, now) if stopped else self._all(due)
        oldest = min((from_text(found[0].due_at) for found in due.values() if found), default=now)
        self.emit(Metric.OLDEST_DUE_SECONDS, int((now - oldest).total_seconds()))
        if stopped:
            self.emit(Metric.SENDING_STOPPED, len(stopped))
        return {"batches": queued, "due": sum(map(len, due.values()))}

    def _all(self, due: Mapping[str, Sequence[DueKey]]) -> int:
        """Queue up to ``BATCHES_A_LANE`` batches per lane, one if the queue is too long.

        The queue's length is that of all lanes together: one that is stuck must not stop the others.
        """
        is_backed_up = self.queue.depth() >= self.lanes * BATCHES_A_LANE
        queued = 0
        for lane, found in due.items():
            for batch in batched(found)[: 1 if is_backed_up else BATCHES_A_LANE]:
                self.queue.put(_body(batch), group=lane, deduplication=digest(batch))
                queued += 1
        return queued

    def _probe(self, stopped: Iterable[Circuit], due: Mapping[str, Sequence[DueKey]], now: datetime) -> int:
        """Queue the oldest batch of a lane as a probe of each circuit whose next one is due: in turns, of all lanes.

        A batch and not one run: it may begin with some that send nothing. All lanes: nothing of a batch may be able to
        be sent, as long as its customer's items are throttled.
        """
        lanes = sorted((lane for lane in due if due[lane]), key=lambda lane: due[lane][0].due_at)
        queued = 0
        for circuit in stopped if lanes else ():
            if circuit.probe_at <= now and self.circuits.take_probe(circuit, now + PROBE_EVERY):
                name = f"probe {circuit.channel} {to_text(circuit.since)} {to_text(circuit.probe_at)}"
                lane = lanes[((circuit.probe_at - circuit.since) // PROBE_EVERY - 1) % len(lanes)]
                body = {**_body(batched(due[lane])[0]), "probe": True}
                self.queue.put(body, group=lane, deduplication=hashlib.sha256(name.encode()).hexdigest())
                queued += 1
        return queued


def _body(batch: Sequence[DueKey]) -> dict[str, Any]:
    return {"keys": [[key.pk, key.sk] for key in batch]}


def batched(due: Sequence[DueKey]) -> list[list[DueKey]]:
    """Batches of at most ``BATCH`` keys, oldest first; one customer's keys stay together if they fit."""
    by_customer: dict[str, list[DueKey]] = {}
    for key in due:
        by_customer.setdefault(key.pk, []).append(key)
    batches: list[list[DueKey]] = []
    for keys in by_customer.values():
        if not batches or len(batches[-1]) + len(keys) > BATCH:
            batches.append([])
        batches[-1] += keys
    return batches


def digest(batch: Sequence[DueKey]) -> str:
    """A batch's id, from its keys and their due times: the queue drops the same batch within five minutes."""
    return hashlib.sha256("\n".join(map("\x1f".join, batch)).encode()).hexdigest()
