"""A queue wakes its function as Lambda's event source does, on virtual time."""

from datetime import timedelta

import pytest

from tests.machine.given import DUE, QUEUE, Fake, Start, failing, send, waiting, with_


def test_messages_come_in_batches_and_are_gone_afterwards(start: Start) -> None:
    handler = Fake()
    machine = start(with_(QUEUE, batch_size=2), handler)

    send(machine, "FeedbackQueue", "a", "b", "c")
    machine.pump()

    assert handler.batches == [["a", "b"], ["c"]]
    assert waiting(machine, "FeedbackQueue") == []


def test_a_message_is_as_lambda_gives_it(start: Start) -> None:
    handler = Fake()
    machine = start(DUE, handler)

    send(machine, "DueQueue", "batch", MessageGroupId="0")
    machine.pump()

    (record,) = handler.events[0]["Records"]
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"].endswith(":rekindle-due.fifo")
    assert record["attributes"]["MessageGroupId"] == "0"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["attributes"]["SentTimestamp"] == str(int(machine.clock.now().timestamp() * 1000))


def test_after_an_exception_all_come_back_when_the_visibility_ends(start: Start) -> None:
    handler = Fake(ValueError("once"))
    machine = start(QUEUE, handler)

    send(machine, "FeedbackQueue", "a", "b")
    machine.pump()
    machine.advance_to(machine.clock.now() + timedelta(seconds=359))
    assert handler.batches == [["a", "b"]]

    machine.advance_to(machine.clock.now() + timedelta(seconds=3))
    assert handler.batches == [["a", "b"], ["a", "b"]]
    assert [failure.function for failure in machine.failures] == ["feedback"]


def test_only_the_reported_message_comes_back(start: Start) -> None:
    handler = Fake(failing("b"))
    machine = start(QUEUE, handler)

    send(machine, "FeedbackQueue", "a", "b", "c")
    machine.advance_to(machine.clock.now() + timedelta(minutes=7))

    assert handler.batches == [["a", "b", "c"], ["b"]]


def test_after_five_times_a_message_is_a_dead_letter(start: Start) -> None:
    handler = Fake(last=ValueError("always"))
    machine = start(QUEUE, handler)

    send(machine, "FeedbackQueue", "a")
    machine.advance_to(machine.clock.now() + timedelta(hours=1))

    assert handler.batches == [["a"]] * 5
    assert waiting(machine, "FeedbackDeadLetters") == ["a"]


def test_a_delayed_message_waits(start: Start) -> None:
    handler = Fake()
    machine = start(QUEUE, handler)

    send(machine, "FeedbackQueue", "a", DelaySeconds=60)
    machine.pump()
    assert handler.batches == []

    machine.advance_to(machine.clock.now() + timedelta(seconds=61))
    assert handler.batches == [["a"]]


def test_one_batch_of_a_lane_is_in_flight_and_other_lanes_go_on(start: Start) -> None:
    handler = Fake(ValueError("once"))
    machine = start(DUE, handler)

    send(machine, "DueQueue", "first", "second", MessageGroupId="0")
    send(machine, "DueQueue", "other lane", MessageGroupId="1")
    machine.pump()
    assert handler.batches == [["first"], ["other lane"]]

    machine.advance_to(machine.clock.now() + timedelta(minutes=7))
    assert handler.batches == [["first"], ["other lane"], ["first"], ["second"]]


@pytest.mark.parametrize(("minutes", "batches"), [(4, 1), (6, 2)])
def test_a_batch_is_not_taken_twice_within_five_minutes(start: Start, minutes: int, batches: int) -> None:
    handler = Fake(ValueError("keeps the first on the queue"))
    machine = start(with_(DUE, batch_size=10), handler)

    send(machine, "DueQueue", "batch", MessageGroupId="0")
    machine.pump()
    machine.clock.set(machine.clock.now() + timedelta(minutes=minutes))
    send(machine, "DueQueue", "batch", MessageGroupId="0")
    machine.advance_to(machine.clock.now() + timedelta(hours=1))

    assert sum(len(batch) for batch in handler.batches[1:]) == batches


def test_a_batch_of_messages_can_be_delivered_twice(start: Start) -> None:
    handler = Fake()
    machine = start(QUEUE, handler, redeliver=lambda function, event: 1)

    send(machine, "FeedbackQueue", "a")
    machine.pump()

    assert handler.batches == [["a"], ["a"]]
