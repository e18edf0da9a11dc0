"""What is due is queued in batches, lane by lane, each batch once."""

from datetime import timedelta

import pytest

from chalicelib.domain.journeys.due import DueKey
from chalicelib.services.sweep import BATCH, BATCHES_A_LANE, Sweep, batched, digest
from tests.builders import START, an_enrollment
from tests.fakes import FakeEngagement, FakeQueue

MINUTE = timedelta(minutes=1)


def due(*customers: str) -> list[DueKey]:
    """One key for each name, in order; a name may come again."""
    return [DueKey(f"CUSTOMER#{name}", f"ENROLLMENT#{place}", "2026") for place, name in enumerate(customers)]


def swept(runs: FakeEngagement, lanes: int = 4, queue: FakeQueue | None = None) -> tuple[FakeQueue, dict[str, int]]:
    queue = queue or FakeQueue()
    return queue, Sweep(runs, queue, lanes, lambda: START)()


def keys_of(queue: FakeQueue) -> list[list[list[str]]]:
    return [body["keys"] for body in queue.bodies]


def test_all_that_is_due_is_queued_by_lane() -> None:
    runs = FakeEngagement(lanes=4)
    for number in range(40):
        runs.create(an_enrollment(customer=f"c{number}", due_at=START + (number % 2) * MINUTE))

    queue, answer = swept(runs)

    queued = {pk for batch in keys_of(queue) for pk, _ in batch}
    assert queued == {f"CUSTOMER#c{number}" for number in range(0, 40, 2)}
    assert answer == {"batches": len(queue.messages), "due": 20}
    for message in queue.messages:
        assert {runs.lane_of(pk.removeprefix("CUSTOMER#")) for pk, _ in message.body["keys"]} == {message.group}


def test_batches_hold_fifty_keys_oldest_first() -> None:
    keys = due(*(f"c{number:03}" for number in range(120)))

    batches = batched(keys)

    assert [len(batch) for batch in batches] == [BATCH, BATCH, 20]
    assert [key for batch in batches for key in batch] == keys


def test_one_customer_s_keys_stay_together() -> None:
    keys = due(*(f"c{number:03}" for number in range(49)), "ann", "bob", "ann", "ann")

    batches = batched(keys)

    assert [sum(key.pk == "CUSTOMER#ann" for key in batch) for batch in batches] == [0, 3]
    assert sorted(key for batch in batches for key in batch) == sorted(keys)


def test_a_customer_with_more_than_a_batch_holds_is_still_queued_whole() -> None:
    keys = due("bob", *["ann"] * (BATCH + 10))

    batches = batched(keys)

    assert [len(batch) for batch in batches] == [1, BATCH + 10]


def test_nothing_due_is_no_batch() -> None:
    assert batched([]) == []
    assert swept(FakeEngagement()) == (FakeQueue(), {"batches": 0, "due": 0})


def test_the_same_batch_again_is_one_message() -> None:
    runs = FakeEngagement(lanes=1)
    runs.create(an_enrollment())
    queue, _ = swept(runs, lanes=1)

    swept(runs, lanes=1, queue=queue)

    assert len(queue.messages) == 1


def test_a_run_that_is_due_anew_makes_another_batch() -> None:
    first = due("ann")
    again = [first[0]._replace(due_at="2027")]

    assert digest(first) != digest(again)
    assert digest(first) == digest(due("ann"))


@pytest.mark.parametrize(("waiting", "is_full"), [(BATCHES_A_LANE - 1, False), (BATCHES_A_LANE, True)])
def test_a_lane_gets_one_batch_while_the_queue_is_backed_up(waiting: int, is_full: bool) -> None:
    runs, queue = FakeEngagement(lanes=1), FakeQueue()
    for number in range(BATCH + 1):
        runs.create(an_enrollment(customer=f"c{number:03}"))
    for number in range(waiting):
        queue.put({"keys": []}, group="L0", deduplication=str(number))

    swept(runs, lanes=1, queue=queue)

    assert len(queue.messages) == waiting + (1 if is_full else 2)


def test_a_lane_gets_four_batches_a_minute_at_most() -> None:
    runs = FakeEngagement(lanes=1)
    for number in range(BATCH * BATCHES_A_LANE + 30):
        runs.create(an_enrollment(customer=f"c{number:03}"))

    queue, _ = swept(runs, lanes=1)

    assert sum(len(batch) for batch in keys_of(queue)) == BATCH * BATCHES_A_LANE


def test_it_changes_nothing() -> None:
    runs = FakeEngagement()
    runs.create(an_enrollment())
    before = dict(runs.enrollments)

    swept(runs)

    assert runs.enrollments == before
