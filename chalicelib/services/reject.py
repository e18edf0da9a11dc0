"""Report what could not be read of what a source sent: counted for an operator, in the metrics, and in the log."""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.domain.facts.rejection import Rejected, Rejection
from chalicelib.domain.time import to_text
from chalicelib.services.metrics import Emit, Metric
from chalicelib.services.ports import RejectionStore

FACTS = "facts"
"""What rejections have as the source of ``POST /v1/facts``."""
KEPT_DAYS = 30
"""So many days rejections are kept."""
log = logging.getLogger("rekindle.rejected")


def rejected(store: RejectionStore, now: datetime, days: int) -> list[Rejected]:
    """What was rejected in the last days (UTC), today among them: one entry for each kind, the latest first."""
    by_kind: dict[Rejection, list[Rejected]] = defaultdict(list)
    for before in range(days):
        for each in store.on((now - timedelta(days=before)).astimezone(UTC).date()):
            by_kind[each.rejection].append(each)
    joined = (
        Rejected(
            rejection,
            sum(each.number for each in several),
            min(each.first_at for each in several),
            max(each.last_at for each in several),
        )
        for rejection, several in by_kind.items()
    )
    return sorted(joined, key=lambda each: (each.last_at, each.rejection), reverse=True)


def plain(each: Rejected) -> dict[str, Any]:
    """As JSON."""
    what = each.rejection
    return {
        "source": what.source,
        "topic": what.topic,
        "field": what.field,
        "problem": what.problem,
        "messages": each.number,
        "first_at": to_text(each.first_at),
        "last_at": to_text(each.last_at),
    }


@dataclass(frozen=True)
class Reject:
    """Reports rejections."""

    store: RejectionStore
    clock: Callable[[], datetime]
    emit: Emit

    def recent(self, days: int) -> list[Rejected]:
        """What was rejected in the last days."""
        return rejected(self.store, self.clock(), days)

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
            self.store.count(each, number, now, now + timedelta(days=KEPT_DAYS))
