"""Every minute: find due enrollments, lane by lane, and queue them in batches; no item is changed here.

The oldest of a lane come first, as its index has them (``DueStore``); how many of each lane is decided here.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.domain.journeys.due import DueKey, lane_name
from chalicelib.domain.time import from_text
from chalicelib.services.metrics import Emit, Metric, emit_nothing
from chalicelib.services.ports import DueStore, FifoQueue

BATCH = 50
BATCHES_A_LANE = 4


@dataclass(frozen=True)
class Sweep:
    """Queues due enrollments: one message group per lane, so that only one batch of a lane is in progress at a time."""

    store: DueStore
    queue: FifoQueue
    lanes: int
    clock: Callable[[], datetime]
    emit: Emit = emit_nothing

    def __call__(self) -> dict[str, Any]:
        """Queue up to ``BATCHES_A_LANE`` batches per lane, one if the queue is too long; return the counts.

        The queue's length is that of all lanes together: one that is stuck must not stop the others.
        """
        is_backed_up = self.queue.depth() >= self.lanes * BATCHES_A_LANE
        most = 1 if is_backed_up else BATCHES_A_LANE
        queued = found = 0
        oldest = now = self.clock()
        for number in range(self.lanes):
            lane = lane_name(number)
            due = self.store.due(lane, now, BATCH * BATCHES_A_LANE)
            for batch in batched(due)[:most]:
                body = {"keys": [[key.pk, key.sk] for key in batch]}
                self.queue.put(body, group=lane, deduplication=digest(batch))
                queued += 1
            found += len(due)
            oldest = min([oldest, *(from_text(key.due_at) for key in due[:1])])
        self.emit(Metric.OLDEST_DUE_SECONDS, int((now - oldest).total_seconds()))
        return {"batches": queued, "due": found}


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
