"""Every minute: find what is due, lane by lane, and queue it in pages; nothing is changed here."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from chalicelib.domain.journeys.due import DueKey
from chalicelib.domain.time import from_text
from chalicelib.services.measures import Measure, Tell, tell_nobody

PAGE = 50
PAGES_A_LANE = 4


class DueIndex(Protocol):
    """Finds what is due, oldest first."""

    def due(self, lane: str, now: datetime, limit: int) -> list[DueKey]: ...


class Pages(Protocol):
    """The FIFO queue of pages."""

    def put(self, body: Mapping[str, Any], group: str | None = None, deduplication: str | None = None) -> None: ...
    def depth(self) -> int: ...


@dataclass(frozen=True)
class Sweep:
    """Queues due enrollments: one message group a lane, so that one page of a lane is in flight at a time."""

    index: DueIndex
    pages: Pages
    lanes: int
    clock: Callable[[], datetime]
    tell: Tell = tell_nobody

    def __call__(self) -> dict[str, Any]:
        """Queue up to ``PAGES_A_LANE`` pages a lane, none while the queue is backed up; tells how many were queued."""
        is_backed_up = self.pages.depth() >= self.lanes * PAGES_A_LANE
        queued = found = 0
        oldest = now = self.clock()
        for number in range(self.lanes):
            lane = f"L{number}"
            due = self.index.due(lane, now, PAGE * PAGES_A_LANE)
            for page in paged(due) if not is_backed_up else ():
                body = {"keys": [[key.pk, key.sk] for key in page]}
                self.pages.put(body, group=lane, deduplication=digest(page))
                queued += 1
            found += len(due)
            oldest = min([oldest, *(from_text(key.due_at) for key in due[:1])])
        self.tell(Measure.OLDEST_DUE_SECONDS, int((now - oldest).total_seconds()))
        return {"pages": queued, "due": found}


def paged(due: Sequence[DueKey]) -> list[list[DueKey]]:
    """Pages of at most ``PAGE`` keys, oldest first; one customer's keys stay together where a page can hold them."""
    by_customer: dict[str, list[DueKey]] = {}
    for key in due:
        by_customer.setdefault(key.pk, []).append(key)
    pages: list[list[DueKey]] = []
    for keys in by_customer.values():
        if not pages or len(pages[-1]) + len(keys) > PAGE:
            pages.append([])
        pages[-1] += keys
    return pages


def digest(page: Sequence[DueKey]) -> str:
    """Names a page by what is in it and since when it is due: the same page twice within five minutes is one."""
    return hashlib.sha256("\n".join(map("\x1f".join, page)).encode()).hexdigest()
