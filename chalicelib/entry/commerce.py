"""The ``commerce`` stream: facts changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from chalicelib.domain.facts.customer import Erasure, Merged
from chalicelib.entry.records import customers, fact_change, names, partition
from chalicelib.entry.streams import Record, in_order, is_put_off, is_stuck, one_by_one, put_off
from chalicelib.services.enroll import Enroll
from chalicelib.services.metrics import Emit
from chalicelib.services.ports import Queue


@dataclass(frozen=True)
class CommerceStream:
    """Hands each changed fact to the service.

    ``poison`` takes records that fail permanently, ``later`` those that cannot be handled now.
    """

    service: Enroll
    poison: Queue
    later: Queue | None
    emit: Emit
    clock: Callable[[], datetime]

    def __call__(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Handle a batch of records, or records that were put off."""
        if is_put_off(event):
            return one_by_one(event, replace(self, later=None))
        if self.later and is_stuck(event, self.clock()) and put_off(self.later, [(event["Records"][0], "Stuck")]):
            return {"batchItemFailures": []}
        gone = cache(
            lambda: self.service.gone(customers(event))
        )  # read within the first record: then it can be retried

        def handle(record: Record) -> None:
            change = fact_change(record)
            self.service(
                change.customer, change.old, change.new, past=change.past, old_past=change.old_past, gone=gone()
            )
            if isinstance(change.new, Merged | Erasure):
                gone.cache_clear()  # later records of this batch may be of the same customer

        return in_order(event, handle, self.poison, self.emit, names=names, queue=partition, later=self.later)
