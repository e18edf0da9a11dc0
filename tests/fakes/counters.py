"""A store of counters in memory; ``tests/contract`` holds it to what the real one does."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.counters import DEAD_LETTERS_KEPT
from chalicelib.domain.figures.counters import Counts, Suspect
from chalicelib.domain.time import to_text


@dataclass
class Shard:
    """One shard's counters of one period."""

    counts: dict[str, int]
    last: str
    changed_at: str


class FakeCounters:
    """Counters by period and shard."""

    def __init__(self) -> None:
        self.shards: dict[tuple[str, str], Shard] = {}
        self.folded: dict[str, dict[str, int]] = {}
        self.erased: dict[str, Counts] = {}
        self.suspects: tuple[datetime | None, list[Suspect]] = (None, [])

    def apply(self, period: str, shard: str, counts: Mapping[str, int], first: str, last: str, now: str) -> bool:
        known = self.shards.get((period, shard), Shard({}, "", now))
        if known.last >= first:
            return False
        self.shards[period, shard] = Shard(_sum(known.counts, counts), last, now)
        return True

    def last_sequence(self, period: str, shard: str) -> str:
        known = self.shards.get((period, shard))
        return known.last if known else ""

    def read(self) -> dict[str, dict[str, int]]:
        totals = {period: dict(counts) for period, counts in self.folded.items()}
        for (period, _), shard in self.shards.items():
            totals[period] = _sum(totals.get(period, {}), shard.counts)
        return totals

    def day(self, day: str) -> dict[str, int]:
        return self.read().get(day, {})

    def keep(self, item: str, counts: Counts) -> None:
        self.erased[item] = counts

    def kept(self) -> Counts:
        total: Counter[tuple[str, str]] = Counter()
        for counts in self.erased.values():
            total.update(counts)
        return total

    def suspect(self, suspects: Sequence[Suspect], at: datetime) -> None:
        self.suspects = (at, list(suspects))

    def suspected(self) -> tuple[datetime | None, list[Suspect]]:
        return self.suspects

    def closed_shards(self, unchanged_since: datetime) -> Iterable[tuple[str, str, str]]:
        longer = {True: DEAD_LETTERS_KEPT, False: timedelta(0)}
        return [
            (*key, shard.last)
            for key, shard in self.shards.items()
            if shard.changed_at < to_text(unchanged_since - longer[key[1].startswith(keys.REDRIVEN)])
        ]

    def fold(self, period: str, shard: str, last: str) -> bool:
        known = self.shards.get((period, shard))
        if known is None or known.last != last:
            return False
        del self.shards[period, shard]
        self.folded[period] = _sum(self.folded.get(period, {}), known.counts)
        return True


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in {**one, **other}}
