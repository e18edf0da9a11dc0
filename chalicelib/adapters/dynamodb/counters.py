"""The ``kpis`` table: additive counters by period, one item per stream shard, so that each item has one writer."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.attributes import dump_item
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.errors import Conflict
from chalicelib.domain.figures.counters import Counts, Suspect
from chalicelib.domain.time import from_text, to_text

COUNT = "n#"
"""Prefix of an attribute that is a counter."""
PART = 150
MOST_SUSPECTS = 2000
"""An item has 400 KB at most; a counter's name some 100 bytes."""
DEAD_LETTERS_KEPT = timedelta(days=15)
"""Longer than a queue keeps a failed record: until then the record may be redriven again by mistake."""
IS_UNCHANGED = "last_seq = :last"
IS_AFTER = "attribute_not_exists(last_seq) OR last_seq < :first"


class CounterStore:
    """Counters in DynamoDB. A count is a top-level number attribute ``n#<counter>``, so that ADD can change it."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def apply(self, period: str, shard: str, counts: Mapping[str, int], first: str, last: str, now: str) -> bool:
        """Add the counts of the records ``first`` to ``last``; False if some of them were added already."""
        names = {f"#n{index}": COUNT + counter for index, counter in enumerate(counts)}
        values: dict[str, Any] = {f":n{index}": number for index, number in enumerate(counts.values())}
        adds = ", ".join(f"#n{index} :n{index}" for index in range(len(counts)))
        try:
            self._table.update(
                keys.counters(period, shard),
                f"SET last_seq = :last, changed_at = :now ADD {adds}",
                IS_AFTER,
                names,
                {**values, ":first": first, ":last": last, ":now": now},
            )
        except Conflict:
            return False
        return True

    def last_sequence(self, period: str, shard: str) -> str:
        """The last record that was added; empty if none was."""
        item = self._table.get(keys.counters(period, shard))
        return str(item["last_seq"]) if item else ""

    def read(self) -> dict[str, dict[str, int]]:
        """All counters: period → counter → number, over all shards."""
        totals: dict[str, dict[str, int]] = {}
        for item in self._periods():
            period = totals.setdefault(item["pk"].removeprefix(keys.PERIOD), {})
            for name, number in item.items():
                if name.startswith(COUNT):
                    counter = name.removeprefix(COUNT)
                    period[counter] = period.get(counter, 0) + number
        return totals

    def day(self, day: str) -> dict[str, int]:
        """The counters of one day, over all shards, read consistently."""
        total: Counter[str] = Counter()
        for item in self._table.partition(keys.PERIOD + day):
            total.update({name.removeprefix(COUNT): number for name, number in item.items() if name.startswith(COUNT)})
        return dict(total)

    def _periods(self) -> Iterator[dict[str, Any]]:
        return (item for item in self._table.scan() if item["pk"].startswith(keys.PERIOD))

    def keep(self, item: str, counts: Counts) -> None:
        """Record the counts of an item before it is erased: the counters keep them, so a recount needs them too.

        Without counts, what was recorded of it before is withdrawn.
        """
        plain = [[period, counter, number] for (period, counter), number in sorted(counts.items())]
        self._table.put({**keys.erased(item), "counts": json.dumps(plain)})

    def kept(self) -> Counts:
        """The counts of all erased items."""
        counts: Counter[tuple[str, str]] = Counter()
        for item in self._table.scan(keys.COUNTS):
            for period, counter, number in json.loads(item["counts"]):
                counts[period, counter] += number
        return counts

    def suspect(self, suspects: Sequence[Suspect], at: datetime) -> None:
        """Keep the counters that differed from a recount at ``at``, in place of those kept before.

        ``MOST_SUSPECTS`` at most.
        """
        plain = [[each.period, each.counter, each.counted, each.stored] for each in suspects[:MOST_SUSPECTS]]
        self._table.put({**keys.RECOUNT, "suspects": json.dumps(plain), "at": to_text(at)})

    def suspected(self) -> tuple[datetime | None, list[Suspect]]:
        """When a recount was last kept, and the counters that differed from it."""
        item = self._table.get(keys.RECOUNT)
        if item is None:
            return None, []
        return from_text(item["at"]), [Suspect(*each) for each in json.loads(item["suspects"])]

    def closed_shards(self, unchanged_since: Any) -> Iterable[tuple[str, str, str]]:
        """``(period, shard, last sequence)`` of items that no record can change any more."""
        for item in self._periods():
            shard = item["sk"].removeprefix(keys.SHARD)
            longer = DEAD_LETTERS_KEPT if shard.startswith(keys.REDRIVEN) else timedelta(0)
            if shard != keys.FOLDED and item["changed_at"] < to_text(unchanged_since - longer):
                yield item["pk"].removeprefix(keys.PERIOD), shard, item["last_seq"]

    def fold(self, period: str, shard: str, last: str) -> bool:
        """Move a closed shard's counts into the period's folded item, or do nothing; False if it changed meanwhile.

        It moves one part at a time, since an expression has 4 KB at most; each part moves in one transaction, so after
        a crash between two parts both items are right, and the next night moves the rest. A part moves only while it
        is as it was read: of two nightly jobs at once, one moves it.
        """
        key = keys.counters(period, shard)
        item = self._table.get(key)
        if item is None or item["last_seq"] != last:
            return False
        counts = {name: number for name, number in item.items() if name.startswith(COUNT)}
        names = list(counts)
        parts = [names[first : first + PART] for first in range(0, len(names), PART)] or [[]]
        try:
            for part in parts:
                self._move(key, keys.counters(period, keys.FOLDED), {name: counts[name] for name in part}, last)
            self._table.delete_if(key, IS_UNCHANGED, {":last": last})
        except Conflict:
            return False
        return True

    def _move(self, source: Mapping[str, str], target: Mapping[str, str], counts: Mapping[str, int], last: str) -> None:
        names = {f"#n{index}": name for index, name in enumerate(counts)}
        if not names:
            return
        values = {f":n{index}": number for index, number in enumerate(counts.values())}
        add = {
            "UpdateExpression": "ADD " + ", ".join(f"#n{index} :n{index}" for index in range(len(counts))),
            "ExpressionAttributeValues": dump_item(values),
        }
        remove = {
            "UpdateExpression": "REMOVE " + ", ".join(names),
            "ConditionExpression": f"{IS_UNCHANGED} AND #n0 = :n0",
            "ExpressionAttributeValues": dump_item({":last": last, ":n0": next(iter(counts.values()))}),
        }
        common = {"TableName": self._table.name, "ExpressionAttributeNames": names}
        self._table.transact(
            [
                {"Update": {**common, "Key": dump_item(target), **add}},
                {"Update": {**common, "Key": dump_item(source), **remove}},
            ]
        )
