"""Each night: what time alone changed, a recount of the counters, folding of closed periods, sends left unknown."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from chalicelib.domain import tally
from chalicelib.domain.attribution import about
from chalicelib.domain.customer import Facts, Launch
from chalicelib.domain.enrollment import Enrollment, Status
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.events import LaunchAnnounced
from chalicelib.domain.journey import Journey
from chalicelib.domain.pages import Engagement
from chalicelib.domain.policy import Policy
from chalicelib.domain.segments import Standing, standing_of
from chalicelib.domain.settlement import recovered
from chalicelib.domain.situation import Situation
from chalicelib.services.measures import Measure, Tell, tell_nobody

log = logging.getLogger("rekindle.nightly")

REPLAYS_END = timedelta(hours=48)
"""A stream keeps its records for 24 hours: what did not change for twice as long, no record can reach any more."""
OVERDUE = timedelta(hours=1)


class FactStore(Protocol):
    """Where facts are read."""

    def facts(self, customer: str) -> Facts: ...
    def launches(self, ids: Iterable[str]) -> Mapping[str, Launch]: ...


class RunStore(Protocol):
    """Where standings and enrollments live."""

    def everything(self) -> Iterator[tuple[str, Enrollment | Standing]]: ...
    def customer(self, customer: str) -> Engagement: ...
    def save(self, before: Enrollment, after: Enrollment) -> Enrollment: ...
    def put_standing(
        self, customer: str, standing: Standing, join: Iterable[str], leave: Iterable[str], over: Standing | None = None
    ) -> None: ...


class CounterStore(Protocol):
    """Where counters are kept."""

    def read(self) -> dict[str, dict[str, int]]: ...
    def closed_shards(self, unchanged_since: datetime) -> Iterable[tuple[str, str, str]]: ...
    def fold(self, period: str, shard: str, last: str) -> bool: ...


@dataclass(frozen=True)
class Nightly:
    """Reads all of ``engagement`` once."""

    facts: FactStore
    runs: RunStore
    counters: CounterStore
    journeys: Mapping[tuple[str, int], Journey]
    policy: Policy
    clock: Callable[[], datetime]
    tell: Tell = tell_nobody

    def __call__(self) -> dict[str, Any]:
        """Do the night's work; tells how much of each there was. A difference in the recount is logged as an error."""
        now = self.clock()
        counted: Counter[tuple[str, str]] = Counter()
        reviewed = settled = 0
        for customer, item in self.runs.everything():
            if isinstance(item, Standing):
                counted.update(tally.of_standing(item))
                if item.review_at and item.review_at <= now:
                    reviewed += self._spared(customer, self._review, customer, now)
            else:
                counted.update(tally.of_enrollment(item))
                settled += self._spared(customer, self._settle, item, now)
        differences = self._differences(counted, now)
        self.tell(Measure.RECOUNT_DIFFERENCES, len(differences))
        if differences:
            log.error("counters differ from the recount", extra={"periods": sorted({p for p, _ in differences})[:10]})
        folded = sum(self.counters.fold(*shard) for shard in list(self.counters.closed_shards(now - REPLAYS_END)))
        return {"reviewed": reviewed, "settled": settled, "folded": folded, "differences": len(differences)}

    def _spared(self, customer: str, work: Callable[..., bool], *arguments: Any) -> bool:
        """Do the work on one item; one that cannot be read is logged and spares all others the same end."""
        try:
            return work(*arguments)
        except Unavailable:
            raise
        except Exception as error:
            log.exception("left alone", extra={"customer": customer, "error": type(error).__name__})
            return False

    def _review(self, customer: str, now: datetime) -> bool:
        known = self.runs.customer(customer)  # before the facts: what was stored since then must not be overwritten
        standing = standing_of(self.facts.facts(customer).orders.values(), self.policy.thresholds, now)
        if (changes := known.changes(standing)) is not None:
            try:
                self.runs.put_standing(customer, standing, *changes, over=known.standing)
            except Conflict:
                return False
        return True

    def _settle(self, run: Enrollment, now: datetime) -> bool:
        """Settle a claimed run that the due index should have brought back long ago."""
        journey = self.journeys.get((run.journey, run.journey_version))
        if run.status is not Status.SENDING or journey is None or run.claimed_at is None:
            return False
        if now < run.claimed_at + self.policy.unknown_after + OVERDUE:
            return False
        try:
            launches = self.facts.launches([run.subject]) if run.trigger == LaunchAnnounced.__name__ else {}
            facts = about(self.facts.facts(run.customer), run, launches)
            self.runs.save(run, recovered(journey, Situation(run, facts, now, self.policy)))
        except Conflict:
            return False
        return True

    def _differences(self, counted: Mapping[tuple[str, str], int], now: datetime) -> dict[tuple[str, str], int]:
        """Recounted less stored, on closed days and months: today's records may still be on their way."""
        stored = {
            (period, counter): number
            for period, counters in self.counters.read().items()
            for counter, number in counters.items()
        }
        today = now.date().isoformat()
        return {
            (period, counter): change
            for (period, counter), change in tally.difference(stored, counted).items()
            if period < today[: len(period)]
        }
