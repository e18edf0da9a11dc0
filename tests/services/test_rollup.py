"""Stream records are counted, each once, in updates that DynamoDB can take."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import Unavailable
from chalicelib.entry.engagement import EngagementStream
from chalicelib.services.metrics import emit_nothing
from chalicelib.services.rollup import MOST_COUNTERS, Rollup
from tests.builders import START
from tests.fakes import FakeCounters, FakeQueue

Counts = Mapping[tuple[str, str], int]


class Watched(FakeCounters):
    """Keeps how many counters each update touched."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def apply(self, period: str, shard: str, counts: Mapping[str, int], first: str, last: str, now: str) -> bool:
        self.sizes.append(len(counts))
        return super().apply(period, shard, counts, first, last, now)


KEYS = {"pk": {"S": "CUSTOMER#ann"}, "sk": {"S": "STANDING"}}


def read(record: Mapping[str, Any]) -> tuple[str, Counts]:
    if record["counts"] == "damaged":
        raise ValueError("no such item")
    return record["dynamodb"]["SequenceNumber"].zfill(40), record["counts"]


def records(*counts: Any, first: int = 1) -> list[dict[str, Any]]:
    places = enumerate(counts, first)
    return [{"dynamodb": {"SequenceNumber": str(place), "Keys": KEYS}, "counts": count} for place, count in places]


def stream(counters: FakeCounters, poison: FakeQueue) -> EngagementStream:
    return EngagementStream(Rollup(counters, lambda: START), lambda _: None, poison, emit_nothing, read)


def rolled(counters: FakeCounters, batch: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    event = {"Records": batch, "shardId": "s1", "state": {"kept": 1}} | more
    return stream(counters, FakeQueue())(event)


DAY, NEXT, MONTH = "2026-03-02", "2026-03-03", "2026-03"


def test_a_batch_is_added_by_period() -> None:
    counters = FakeCounters()

    rolled(counters, records({(DAY, "sent"): 1}, {(DAY, "sent"): 2, (NEXT, "sent"): 1}, {(MONTH, "orders"): 1}))

    assert counters.read() == {DAY: {"sent": 3}, NEXT: {"sent": 1}, MONTH: {"orders": 1}}


def test_the_window_s_state_goes_back() -> None:
    assert rolled(FakeCounters(), [])["state"] == {"kept": 1}
    assert rolled(FakeCounters(), [], state=None)["state"] == {}


def test_records_that_change_nothing_make_no_update() -> None:
    counters = Watched()

    rolled(counters, records({}, {}))

    assert counters.sizes == []


def test_more_counters_than_one_update_takes_go_in_several() -> None:
    counters = Watched()
    batch = records(*({(DAY, f"counter-{number}"): 1, (DAY, "all"): 1} for number in range(400)))

    rolled(counters, batch)
    rolled(counters, batch)

    assert counters.read()[DAY] == {f"counter-{number}": 1 for number in range(400)} | {"all": 400}
    assert max(counters.sizes) <= MOST_COUNTERS


def test_one_record_with_more_counters_than_one_update_takes_is_counted_all_the_same() -> None:
    counters = Watched()

    rolled(counters, records({(DAY, f"counter-{number}"): 1 for number in range(400)}))

    assert sum(counters.read()[DAY].values()) == 400
    assert max(counters.sizes) <= MOST_COUNTERS


def test_what_was_added_in_part_is_finished() -> None:
    counters = FakeCounters()
    batch = records(*({(DAY, "sent"): 1} for _ in range(9)))
    rolled(counters, batch[:4])

    rolled(counters, batch)

    assert counters.read() == {DAY: {"sent": 9}}


@given(
    cuts=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=8),
    counts=st.lists(
        st.dictionaries(st.sampled_from([(DAY, "a"), (DAY, "b"), (NEXT, "a")]), st.integers(-3, 3), max_size=3),
        min_size=12, max_size=12,
    ),
)  # fmt: skip
def test_any_deliveries_that_go_back_and_come_again_count_once(
    cuts: list[tuple[int, int]], counts: list[dict[tuple[str, str], int]]
) -> None:
    """Lambda may start anew from an earlier record, but never skips one."""
    batch, counters, reached = records(*counts), FakeCounters(), 0
    for start, end in [*cuts, (0, 12)]:
        start = min(start, reached)
        rolled(counters, batch[start : max(start, end)])
        reached = max(reached, end)

    expected: dict[str, dict[str, int]] = {}
    for count in counts:
        for (period, counter), number in count.items():
            place = expected.setdefault(period, {})
            place[counter] = place.get(counter, 0) + number
    got = {(p, c): n for p, found in counters.read().items() for c, n in found.items() if n}
    assert got == {(p, c): n for p, found in expected.items() for c, n in found.items() if n}


def test_a_poison_record_is_kept_and_the_others_are_counted() -> None:
    counters, poison = FakeCounters(), FakeQueue()
    batch = records({(DAY, "sent"): 1}, "damaged", {(DAY, "sent"): 1})

    answer = stream(counters, poison)({"Records": batch, "shardId": "s1"})

    assert answer["batchItemFailures"] == []
    assert counters.read() == {DAY: {"sent": 2}}
    assert [body["record"] for body in poison.bodies] == [batch[1]]


def test_a_poison_record_that_cannot_be_kept_is_where_lambda_starts_again() -> None:
    counters, poison = FakeCounters(), FakeQueue(errors=[Unavailable("queue")] * 2)
    batch = records({(DAY, "sent"): 1}, "damaged", {(DAY, "sent"): 1})
    rollup = stream(counters, poison)

    answer = rollup({"Records": batch, "shardId": "s1"})
    rollup({"Records": batch[1:], "shardId": "s1"})

    assert answer["batchItemFailures"] == [{"itemIdentifier": "2"}]
    assert counters.read() == {DAY: {"sent": 2}}


@pytest.mark.parametrize("shard", ["s1", "s2"])
def test_each_shard_has_its_own_place(shard: str) -> None:
    counters = FakeCounters()
    rolled(counters, records({(DAY, "sent"): 1}, first=9))

    rolled(counters, records({(DAY, "sent"): 1}, first=3), shardId=shard)

    assert counters.read() == {DAY: {"sent": 1 if shard == "s1" else 2}}
