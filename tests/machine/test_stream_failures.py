"""A batch that fails is tried again, reported in part, bisected or given up, as Lambda's event source does."""

import json
from datetime import timedelta
from typing import Any

from infra.machine.lambda_context import Crash
from tests.machine.given import STREAM, Fake, Start, failing, failures, put, waiting, with_


def test_a_reported_failure_restarts_at_the_lowest(start: Start) -> None:
    def two_and_three(event: dict[str, Any]) -> dict[str, Any]:
        numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
        return failures(numbers[2], numbers[1])

    handler = Fake(two_and_three)
    machine = start(STREAM, handler)

    put(machine, "CART#1", "CART#2", "CART#3")
    machine.pump()

    assert handler.batches == [["CART#1", "CART#2", "CART#3"], ["CART#2", "CART#3"]]


def test_an_unknown_identifier_fails_the_whole_batch(start: Start) -> None:
    handler = Fake(failures("no such number"))
    machine = start(STREAM, handler)

    put(machine, "CART#1", "CART#2")
    machine.pump()

    assert handler.batches == [["CART#1", "CART#2"], ["CART#1", "CART#2"]]


def test_reports_are_ignored_when_the_source_does_not_ask_for_them(start: Start) -> None:
    handler = Fake(last=failing("CART#1"))
    machine = start(with_(STREAM, report_failures=False), handler)

    put(machine, "CART#1")
    machine.pump()

    assert handler.batches == [["CART#1"]]


def test_a_poison_record_is_isolated_by_halves_and_the_shard_goes_on(start: Start) -> None:
    def poisoned(event: dict[str, Any]) -> None:
        if any(record["dynamodb"]["Keys"]["sk"]["S"] == "CART#2" for record in event["Records"]):
            raise ValueError("poison")

    handler = Fake(last=poisoned)
    machine = start(with_(STREAM, retries=2), handler)

    put(machine, "CART#1", "CART#2", "CART#3", "CART#4")
    machine.pump()

    assert handler.batches == [
        ["CART#1", "CART#2", "CART#3", "CART#4"],
        ["CART#1", "CART#2"],
        ["CART#1"],
        ["CART#2"],
        ["CART#2"],
        ["CART#2"],
        ["CART#3", "CART#4"],
    ]
    (buried,) = [json.loads(body) for body in waiting(machine, "StreamDeadLetters")]
    assert buried["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert buried["DDBStreamBatchInfo"]["batchSize"] == 1
    assert "CART#2" not in json.dumps(buried)


def test_without_bisection_the_whole_batch_is_given_up(start: Start) -> None:
    handler = Fake(last=ValueError("always"))
    machine = start(with_(STREAM, bisect=False, retries=1), handler)

    put(machine, "CART#1", "CART#2")
    machine.pump()

    assert handler.batches == [["CART#1", "CART#2"]] * 2
    (buried,) = [json.loads(body) for body in waiting(machine, "StreamDeadLetters")]
    assert buried["DDBStreamBatchInfo"]["batchSize"] == 2


def test_a_crash_is_a_failure_like_any_other(start: Start) -> None:
    handler = Fake(Crash())
    machine = start(STREAM, handler)

    put(machine, "CART#1")
    machine.pump()

    assert handler.batches == [["CART#1"], ["CART#1"]]
    assert [failure.function for failure in machine.failures] == ["enroll"]


def test_a_batch_can_be_delivered_three_times(start: Start) -> None:
    handler = Fake()
    machine = start(STREAM, handler, redeliver=lambda function, event: 2)

    put(machine, "CART#1")
    machine.pump()

    assert handler.batches == [["CART#1"]] * 3


def test_a_record_older_than_the_limit_is_given_up(start: Start) -> None:
    handler = Fake()
    machine = start(with_(STREAM, maximum_age=60), handler)

    put(machine, "CART#1")
    machine.clock.set(machine.clock.now() + timedelta(seconds=61))
    put(machine, "CART#2")
    machine.pump()

    assert handler.batches == [["CART#2"]]
    assert len(waiting(machine, "StreamDeadLetters")) == 1


def test_what_goes_on_failing_is_tried_each_minute_until_it_is_too_old_and_the_shard_goes_on(start: Start) -> None:
    def throttled(event: dict[str, Any]) -> None:
        if any(record["dynamodb"]["Keys"]["sk"]["S"] == "CART#1" for record in event["Records"]):
            raise ValueError("not now")

    handler = Fake(last=throttled)
    machine = start(with_(STREAM, retries=None, maximum_age=3600), handler)
    put(machine, "CART#1")
    machine.pump()
    at_once = len(handler.batches)
    machine.advance_to(machine.clock.now() + timedelta(minutes=5))
    put(machine, "CART#2")

    machine.advance_to(machine.clock.now() + timedelta(minutes=25))

    assert (at_once, len(handler.batches)) == (6, 36)  # the shard keeps its order: the other one waits
    assert waiting(machine, "StreamDeadLetters") == []

    machine.advance_to(machine.clock.now() + timedelta(minutes=31))

    (buried,) = [json.loads(body) for body in waiting(machine, "StreamDeadLetters")]
    assert buried["requestContext"]["condition"] == "RecordAgeExceeded"
    assert handler.batches[-1] == ["CART#2"]


def test_what_can_be_handled_again_is_handled_a_minute_later(start: Start) -> None:
    handler = Fake(*[ValueError("not now")] * 6, last=None)
    machine = start(with_(STREAM, retries=None, maximum_age=3600), handler)
    put(machine, "CART#1")
    machine.pump()

    machine.advance_to(machine.clock.now() + timedelta(minutes=1))

    assert handler.batches == [["CART#1"]] * 7
    assert waiting(machine, "StreamDeadLetters") == []
