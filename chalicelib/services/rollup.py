"""Outcomes and standings changed: add the difference to the counters, each stream record exactly once.

Each shard of the stream has one reader, and each counter item belongs to one shard: so it has one writer, and it stores
the last record that was added. The addition and the new place in the stream are one conditional write.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.time import to_text
from chalicelib.services.ports import CounterStore

MOST_COUNTERS = 150
"""DynamoDB allows 300 operators and operands in one update, and 4 KB of expression."""


Change = tuple[str, Mapping[tuple[str, str], int]]
"""A record's sequence number and what it adds."""


@dataclass(frozen=True)
class Rollup:
    """Adds changes to the counters."""

    counters: CounterStore
    clock: Callable[[], datetime]

    def __call__(self, shard: str, changes: Sequence[Change]) -> None:
        """Add a batch of changes of one shard, in the order of the stream."""
        for period in dict.fromkeys(period for _, counts in changes for period, _ in counts):
            mine = [
                (sequence, {counter: n for (when, counter), n in counts.items() if when == period})
                for sequence, counts in changes
            ]
            self._add(period, shard, [(sequence, counts) for sequence, counts in mine if counts])

    def _add(self, period: str, shard: str, changes: list[tuple[str, dict[str, int]]]) -> None:
        for batch in _batches(changes):
            if self._apply(period, shard, batch):
                continue
            seen = self.counters.last_sequence(period, shard)
            rest = [change for change in batch if change[0] > seen]
            if rest:
                self._apply(period, shard, rest)

    def _apply(self, period: str, shard: str, changes: list[tuple[str, dict[str, int]]]) -> bool:
        total: Counter[str] = Counter()
        for _, counts in changes:
            for counter, number in counts.items():
                total[counter] += number
        first, last = changes[0][0], changes[-1][0]
        return self.counters.apply(period, shard, total, first, last, to_text(self.clock()))


def _parts(change: tuple[str, dict[str, int]]) -> Iterable[tuple[str, dict[str, int]]]:
    """The record, split if one update cannot take all its counters; the parts have places before the next record's."""
    sequence, counts = change
    if len(counts) <= MOST_COUNTERS:
        return [change]
    names = list(counts)
    firsts = range(0, len(names), MOST_COUNTERS)
    return [
        (f"{sequence}.{number:03}", {name: counts[name] for name in names[first : first + MOST_COUNTERS]})
        for number, first in enumerate(firsts)
    ]


def _batches(changes: list[tuple[str, dict[str, int]]]) -> Iterable[list[tuple[str, dict[str, int]]]]:
    """The changes in batches, each with few enough counters for one update."""
    batch: list[tuple[str, dict[str, int]]] = []
    touched: set[str] = set()
    for change in (part for whole in changes for part in _parts(whole)):
        if batch and len(touched | change[1].keys()) > MOST_COUNTERS:
            yield batch
            batch, touched = [], set()
        batch.append(change)
        touched |= change[1].keys()
    if batch:
        yield batch
