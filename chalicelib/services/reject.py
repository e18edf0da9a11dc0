"""Report what could not be read of what a source sent: counted for an operator, in the metrics, and in the log."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.domain.facts.rejection import Rejection
from chalicelib.services.metrics import Emit, Metric
from chalicelib.services.ports import RejectionStore

FACTS = "facts"
"""What rejections have as the source of ``POST /v1/facts``."""
KEPT = timedelta(days=30)
"""How long rejections are kept."""
log = logging.getLogger("rekindle.rejected")


@dataclass(frozen=True)
class Reject:
    """Reports rejections."""

    store: RejectionStore
    clock: Callable[[], datetime]
    emit: Emit

    def __call__(self, rejections: Iterable[Rejection]) -> None:
        """Report the rejections of one request. If it is repeated they count again."""
        numbers, now = Counter(rejections), self.clock()
        if not numbers:
            return
        self.emit(Metric.REJECTED_FACTS, numbers.total())
        for each, number in sorted(numbers.items()):
            log.warning(
                "not stored: it could not be read",
                extra={"source": each.source, "topic": each.topic, "field": each.field, "problem": each.problem},
            )
            self.store.count(each, number, now, now + KEPT)
