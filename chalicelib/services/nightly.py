"""Each night: refresh standings, recount the counters, fold closed periods, settle unknown sends."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from chalicelib.domain.errors import Conflict
from chalicelib.domain.facts.launch import LaunchAnnounced
from chalicelib.domain.figures.counters import Counts, Suspect, counts_of, difference
from chalicelib.domain.journeys.attribution import about
from chalicelib.domain.journeys.credits import Credit
from chalicelib.domain.journeys.engagement import ERASED, Suppression
from chalicelib.domain.journeys.journey import Journey
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment, Status
from chalicelib.domain.journeys.settlement import recovered
from chalicelib.domain.journeys.situation import Situation
from chalicelib.domain.standing.standing import Standing, standing_of
from chalicelib.domain.time import local_date, stored_zone
from chalicelib.services.metrics import Emit, Metric, emit_nothing
from chalicelib.services.ports import CounterStore, CreditStore, EngagementStore, FactStore, RunStore, StandingStore

log = logging.getLogger("rekindle.nightly")

REPLAYS_END = timedelta(hours=48)
"""A stream keeps its records for 24 hours: no record can reach a counter that did not change for twice as long."""
OVERDUE = timedelta(hours=1)
TURNS = 5
A_NIGHT = timedelta(hours=12)
"""Jobs that are at least so far apart are of two nights."""
ZONES_A_NIGHT = 20_000
"""How many runs at most move to the days of another zone in one night, which has fifteen minutes."""
STRAGGLERS = timedelta(days=15)
"""Longer than a message about an erased customer can exist: dead letters are kept for 14 days."""


@dataclass(frozen=True)
class Nightly:
    """Reads all of ``engagement`` once."""

    facts: FactStore
    engagement: EngagementStore
    runs: RunStore
    credits: CreditStore
    standings: StandingStore
    counters: CounterStore
    journeys: Mapping[tuple[str, int], Journey]
    policy: Policy
    clock: Callable[[], datetime]
    erase: Callable[[str], None]
    emit: Emit = emit_nothing

    def __call__(self) -> dict[str, Any]:
        """Do the night's work and return how much was done. A difference in the recount is logged as an error.

        ``suspected``: what differs tonight; ``differences``: what differed last night and is not explained by now.
        """
        now = self.clock()
        stored = self._stored()
        counted: Counter[tuple[str, str]] = Counter()
        erased: list[str] = []
        reviewed = settled = moved = 0
        for customer, item in self.engagement.everything():
            if item is None:
                log.error("item skipped: it cannot be read", extra={"customer": customer})
                continue
            counted.update(counts_of(item))
            if isinstance(item, Suppression):
                if item.reason == ERASED and item.at > now - STRAGGLERS:
                    erased.append(customer)
            elif isinstance(item, Standing):
                if self._is_due(item, now):
                    reviewed += self._spared(customer, self._review, customer, now)
            else:
                if isinstance(item, Enrollment):
                    settled += self._spared(customer, self._settle, item, now)
                if moved < ZONES_A_NIGHT:
                    moved += self._spared(customer, self._move_days, item, customer)
        counted.update(self.counters.kept())
        suspects = _suspects(stored, counted, local_date(now, self.policy.zone))
        differences = self._unexplained(stored, suspects, now)
        self.emit(Metric.RECOUNT_DIFFERENCES, len(differences))
        if differences:
            log.error("counters differ from the recount", extra={"periods": sorted({p for p, _ in differences})[:10]})
        if suspects:
            periods = sorted({each.period for each in suspects})[:10]
            log.info("counters to be compared again tomorrow", extra={"periods": periods})
        for customer in erased:
            self._spared(customer, self._erase, customer)
        folded = sum(self.counters.fold(*shard) for shard in list(self.counters.closed_shards(now - REPLAYS_END)))
        found = {"differences": len(differences), "suspected": len(suspects)}
        if moved:
            log.info("runs moved to the days of the shop's zone")
        return {"reviewed": reviewed, "settled": settled, "folded": folded, **found}

    def _spared(self, customer: str, work: Callable[..., bool], *arguments: Any) -> bool:
        """Do the work on one item; an item that fails is logged and skipped, so that the others are handled."""
        try:
            return work(*arguments)
        except Exception as error:
            log.exception("item skipped", extra={**_names(customer, arguments[0]), "error": type(error).__name__})
            return False

    def _erase(self, customer: str) -> bool:
        """Erase a recently erased customer again: something in progress at that time may have stored data again."""
        self.erase(customer)
        return True

    def _is_due(self, standing: Standing, now: datetime) -> bool:
        """Whether time has changed a standing, or the shop's zone the months of its orders."""
        is_elsewhere = bool(standing.months) and standing.zone != stored_zone(self.policy.zone)
        return is_elsewhere or (standing.review_at is not None and standing.review_at <= now)

    def _move_days(self, item: Enrollment | Credit, customer: str) -> bool:
        """Count a run or a credit in the days of the shop's zone, if that changed: the rollup moves what it counted."""
        zone = stored_zone(self.policy.zone)
        if item.zone == zone or (isinstance(item, Enrollment) and item.status is Status.SENDING):
            return False
        try:
            if isinstance(item, Credit):
                self.credits.change(customer, item, replace(item, zone=zone))
            else:
                self.runs.save(item, replace(item, zone=zone))
        except Conflict:
            return False
        return True

    def _review(self, customer: str, now: datetime) -> bool:
        for turn in range(TURNS):
            known = self.engagement.of(customer)  # before the facts: a standing stored meanwhile is not overwritten
            orders = self.facts.of(customer).orders.values()
            standing = standing_of(orders, self.policy.thresholds, now, self.policy.zone)
            if (changes := known.changes(standing)) is None:
                break
            try:
                self.standings.put(customer, standing, *changes, over=known.standing)
                break
            except Conflict:  # the memberships may be mixed now: they are made right with what is stored by now
                if turn == TURNS - 1:
                    raise
        return True

    def _settle(self, run: Enrollment, now: datetime) -> bool:
        """Settle a claimed run whose lease ended long ago, although the due index should have returned it."""
        journey = self.journeys.get((run.journey, run.journey_version))
        if run.status is not Status.SENDING or journey is None or run.claimed_at is None:
            return False
        if now < run.claimed_at + self.policy.unknown_after + OVERDUE:
            return False
        try:
            launches = self.facts.launches([run.subject]) if run.trigger == LaunchAnnounced.__name__ else {}
            facts = about(self.facts.of(run.customer), run, launches)
            self.runs.save(run, recovered(journey, Situation(run, facts, now, self.policy)))
        except Conflict:
            return False
        return True

    def _stored(self) -> dict[tuple[str, str], int]:
        return {
            (period, counter): number
            for period, counters in self.counters.read().items()
            for counter, number in counters.items()
        }

    def _unexplained(
        self, stored: Mapping[tuple[str, str], int], suspects: list[Suspect], now: datetime
    ) -> set[tuple[str, str]]:
        """What differed last night and tonight, and what the counters have been since does not explain.

        While the items are read, some change, and the counters follow a moment later. Then what was counted lies
        between what the counters were and what they are now. Some move or are erased, and are counted twice or not at
        all: then the same counter is right tonight. Anything else is an error of the counters. Tonight's suspects are
        kept. A second job of the same night has no night between: it changes nothing.
        """
        since, before = self.counters.suspected()
        if since and now - since < A_NIGHT:
            return set()
        self.counters.suspect(suspects, now)
        tonight = {(each.period, each.counter) for each in suspects}
        return tonight & {(each.period, each.counter) for each in before if not _is_explained(each, stored)}


def _is_explained(suspect: Suspect, stored: Counts) -> bool:
    now = stored.get((suspect.period, suspect.counter), 0)
    return min(suspect.stored, now) <= suspect.counted <= max(suspect.stored, now)


def _suspects(stored: Counts, counted: Counts, today: date) -> list[Suspect]:
    """Where the recount differs from the counters, for closed days and months: today's may not be counted yet."""
    closed_before = today.isoformat()
    return [
        Suspect(period, counter, counted.get((period, counter), 0), stored.get((period, counter), 0))
        for period, counter in sorted(difference(stored, counted))
        if period < closed_before[: len(period)]
    ]


def _names(customer: str, item: object) -> dict[str, str]:
    """The fields of an item that a log line may show: no address, no name."""
    if not isinstance(item, Enrollment):
        return {"customer": customer}
    return {"customer": customer, "enrollment": item.id, "journey": item.journey, "send_id": item.send_id}
