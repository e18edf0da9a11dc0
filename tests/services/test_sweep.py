"""What is due is queued in batches, lane by lane, each batch once."""

from datetime import timedelta

import pytest

from chalicelib.domain.channel import Channel
from chalicelib.domain.journeys.circuit import PROBE_EVERY, Circuit
from chalicelib.domain.journeys.due import DueKey
from chalicelib.services.metrics import Metric
from chalicelib.services.sweep import BATCH, BATCHES_A_LANE, Sweep, batched, digest
from tests.builders import START, an_enrollment
from tests.fakes import FakeEngagement, FakeQueue

MINUTE = timedelta(minutes=1)


def due(*customers: str) -> list[DueKey]:
    """One key for each name, in order; a name may come again."""
    return [DueKey(f"CUSTOMER#{name}", f"ENROLLMENT#{place}", "2026") for place, name in enumerate(customers)]


def swept(runs: FakeEngagement, lanes: int = 4, queue: FakeQueue | None = None) -> tuple[FakeQueue, dict[str, int]]:
    queue = queue or FakeQueue()
    return queue, Sweep(runs, runs.circuits, queue, lanes, lambda: START)()


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


class Stopped:
    """Runs that are due while a circuit is open, a sweep a minute, and what it queues."""

    def __init__(self, number: int = 3, lanes: int = 1) -> None:
        self.runs, self.queue, self.now = FakeEngagement(lanes), FakeQueue(), START
        self.metrics: list[tuple[Metric, int]] = []
        for place in range(number):
            self.runs.create(an_enrollment(customer=f"c{place:03}", due_at=START - place * MINUTE))
        self.runs.circuits.open(Circuit(Channel.EMAIL, START, "SendingPausedException", START + PROBE_EVERY))

    def sweep(self, minutes: int = 1) -> None:
        for _ in range(minutes):
            self.now += MINUTE
            emit = lambda metric, value: self.metrics.append((metric, value))  # noqa: E731
            Sweep(self.runs, self.runs.circuits, self.queue, self.runs.lanes, lambda: self.now, emit)()


def test_while_a_circuit_is_open_one_probe_is_queued_every_five_minutes() -> None:
    stopped = Stopped()
    times: list[int] = []

    for minute in range(1, 16):
        stopped.sweep()
        times += [minute] * (len(stopped.queue.messages) - len(times))

    assert times == [5, 10, 15]
    assert {body["probe"] for body in stopped.queue.bodies} == {True}


@pytest.mark.parametrize("lanes", [1, 4])
def test_a_probe_is_the_oldest_batch_of_all_lanes_in_its_own_lane(lanes: int) -> None:
    stopped = Stopped(BATCH + 20, lanes)

    stopped.sweep(5)

    (message,) = stopped.queue.messages
    assert len(message.body["keys"]) <= BATCH
    assert message.body["keys"][0][0] == f"CUSTOMER#c{BATCH + 19:03}"
    assert {stopped.runs.lane_of(pk.removeprefix("CUSTOMER#")) for pk, _ in message.body["keys"]} == {message.group}


def test_the_next_probes_are_of_the_other_lanes() -> None:
    stopped = Stopped(BATCH + 20, 4)

    stopped.sweep(25)

    lanes = [message.group for message in stopped.queue.messages]
    assert len(set(lanes[:4])) == 4
    assert lanes[4] == lanes[0]


def test_of_two_sweeps_at_once_one_queues_the_probe() -> None:
    stopped = Stopped()
    stopped.sweep(4)
    held = stopped.runs.circuits.all()
    stopped.sweep()
    stopped.runs.circuits.opened = dict(held)  # the other one read it before
    stopped.now -= MINUTE

    stopped.sweep()

    assert len(stopped.queue.messages) == 1


def test_nothing_due_is_no_probe_and_the_next_run_that_is_due_is_one_at_once() -> None:
    stopped = Stopped(0)
    stopped.sweep(7)
    assert stopped.queue.messages == []

    stopped.runs.create(an_enrollment(due_at=START + 8 * MINUTE))
    stopped.sweep()

    assert len(stopped.queue.messages) == 1


def test_each_minute_it_reports_that_sending_is_stopped_and_how_late_the_oldest_run_is() -> None:
    stopped = Stopped(1)

    stopped.sweep(2)
    stopped.runs.circuits.opened.clear()
    stopped.sweep()

    assert stopped.metrics == [
        (Metric.OLDEST_DUE_SECONDS, 60), (Metric.SENDING_STOPPED, 1),
        (Metric.OLDEST_DUE_SECONDS, 120), (Metric.SENDING_STOPPED, 1),
        (Metric.OLDEST_DUE_SECONDS, 180),
    ]  # fmt: skip


def test_when_it_is_closed_all_that_is_due_is_queued_oldest_first() -> None:
    stopped = Stopped(BATCH + 20)
    stopped.sweep(5)
    stopped.runs.circuits.opened.clear()
    stopped.queue.messages.clear()

    stopped.sweep()

    queued = [pk for keys in keys_of(stopped.queue) for pk, _ in keys]
    assert queued == [f"CUSTOMER#c{place:03}" for place in reversed(range(BATCH + 20))]
