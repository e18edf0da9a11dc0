"""A stream wakes its function as Lambda's event source does."""

import json
from datetime import timedelta
from typing import Any

import boto3

from infra.machine.lambda_context import Crash
from tests.machine.given import STREAM, Fake, Start, failing, failures, put, waiting, with_


def test_records_come_in_order_and_in_batches(start: Start) -> None:
    handler = Fake()
    machine = start(with_(STREAM, batch_size=2), handler)

    put(machine, "CART#1", "CART#2", "CART#3")
    machine.pump()

    assert handler.batches == [["CART#1", "CART#2"], ["CART#3"]]


def test_a_record_is_as_lambda_gives_it(start: Start) -> None:
    handler = Fake()
    machine = start(STREAM, handler)
    client = boto3.client("dynamodb")
    table = machine.stack.tables["CommerceTable"]
    key: dict[str, Any] = {"pk": {"S": "CUSTOMER#1"}, "sk": {"S": "CART#1"}}

    client.put_item(TableName=table, Item=key | {"data": {"B": b"\x00"}, "map": {"M": {"list": {"L": [{"N": "1"}]}}}})
    client.update_item(TableName=table, Key=key, UpdateExpression="REMOVE #d", ExpressionAttributeNames={"#d": "data"})
    client.delete_item(TableName=table, Key=key)
    machine.pump()

    first, second, third = handler.events[0]["Records"]
    old = key | {"map": {"M": {"list": {"L": [{"N": "1"}]}}}}
    assert [record["eventName"] for record in (first, second, third)] == ["INSERT", "MODIFY", "REMOVE"]
    assert first["dynamodb"]["NewImage"] == old | {"data": {"B": "AA=="}}
    assert "OldImage" not in first["dynamodb"]
    assert second["dynamodb"]["NewImage"] == old
    assert third["dynamodb"]["OldImage"] == old
    assert first["dynamodb"]["ApproximateCreationDateTime"] == machine.clock.now().timestamp()
    assert first["dynamodb"]["SequenceNumber"] < second["dynamodb"]["SequenceNumber"]
    json.dumps(handler.events)


def test_an_update_that_makes_an_item_is_one_insert(start: Start) -> None:
    handler = Fake()
    machine = start(STREAM, handler)

    boto3.client("dynamodb").update_item(
        TableName=machine.stack.tables["CommerceTable"],
        Key={"pk": {"S": "CUSTOMER#1"}, "sk": {"S": "CART#1"}},
        UpdateExpression="SET amount = :t",
        ExpressionAttributeValues={":t": {"N": "5"}},
    )
    machine.pump()

    (record,) = handler.events[0]["Records"]
    assert record["eventName"] == "INSERT"
    assert record["dynamodb"]["NewImage"]["amount"] == {"N": "5"}


def test_a_write_that_changes_nothing_makes_no_record(start: Start) -> None:
    handler = Fake()
    machine = start(STREAM, handler)

    put(machine, "CART#1")
    put(machine, "CART#1")
    machine.pump()

    assert handler.batches == [["CART#1"]]


def test_a_failed_transaction_makes_no_record(start: Start) -> None:
    handler = Fake()
    machine = start(STREAM, handler)
    table = machine.stack.tables["CommerceTable"]
    client = boto3.client("dynamodb")
    put(machine, "CART#1")

    def write(condition: str) -> None:
        item: dict[str, Any] = {"pk": {"S": "CUSTOMER#1"}, "sk": {"S": "CART#2"}}
        check: dict[str, Any] = {"TableName": table, "Key": item | {"sk": {"S": "CART#1"}}}
        client.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": table, "Item": item}},
                {"ConditionCheck": {**check, "ConditionExpression": condition}},  # type: ignore[typeddict-item]
            ]
        )

    try:
        write("attribute_not_exists(pk)")
    except client.exceptions.TransactionCanceledException:
        machine.pump()
    assert handler.batches == [["CART#1"]]

    write("attribute_exists(pk)")
    machine.pump()
    assert handler.batches == [["CART#1"], ["CART#2"]]


def test_records_that_match_no_filter_are_not_seen(start: Start) -> None:
    handler = Fake()
    pattern = '{"dynamodb": {"Keys": {"sk": {"S": [{"prefix": "CART#"}, "CUSTOMER"]}}}}'
    machine = start(with_(STREAM, filters=(pattern,)), handler)

    put(machine, "ALIAS", "CART#1", "CUSTOMER", "CUSTOMERS")
    machine.pump()

    assert handler.batches == [["CART#1", "CUSTOMER"]]


def test_a_filter_may_look_at_the_images(start: Start) -> None:
    handler = Fake()
    machine = start(with_(STREAM, filters=('{"dynamodb": {"NewImage": {"number": {"N": ["1"]}}}}',)), handler)

    put(machine, "CART#1", "CART#2", "CART#3")
    machine.pump()

    assert handler.batches == [["CART#2"]]


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


def test_a_table_may_have_several_shards_each_in_order(start: Start) -> None:
    handler = Fake(last={"state": {}})
    source = with_(STREAM, tumbling_window=60)
    machine = start(source, handler, shards=3)

    for number in range(12):
        put(machine, "CART#1", "CART#2", partition=f"CUSTOMER#{number}")
    machine.pump()

    seen: dict[str, set[str]] = {}
    for event in handler.events:
        for record in event["Records"]:
            seen.setdefault(event["shardId"], set()).add(record["dynamodb"]["Keys"]["pk"]["S"])
        numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
        assert numbers == sorted(numbers)
    assert len(seen) == 3
    assert sum(len(partitions) for partitions in seen.values()) == 12


class TestTumblingWindows:
    source = with_(STREAM, tumbling_window=60, batch_size=2)

    def test_the_state_is_handed_on_until_the_window_ends(self, start: Start) -> None:
        handler = Fake({"state": {"count": 2}}, {"state": {"count": 3}}, {"state": {}})
        machine = start(self.source, handler)

        put(machine, "CART#1", "CART#2", "CART#3")
        machine.pump()
        machine.advance_to(machine.clock.now() + timedelta(minutes=2))

        assert handler.batches == [["CART#1", "CART#2"], ["CART#3"], []]
        assert [event["state"] for event in handler.events] == [{}, {"count": 2}, {"count": 3}]
        assert [event["isFinalInvokeForWindow"] for event in handler.events] == [False, False, True]
        assert handler.events[0]["window"] == {"start": "2026-03-01T12:00:00Z", "end": "2026-03-01T12:01:00Z"}

    def test_a_record_of_a_later_window_closes_the_open_one(self, start: Start) -> None:
        handler = Fake(last={"state": {}})
        machine = start(self.source, handler)

        put(machine, "CART#1")
        machine.pump()
        machine.clock.set(machine.clock.now() + timedelta(seconds=90))
        put(machine, "CART#2")
        machine.pump()

        assert handler.batches == [["CART#1"], [], ["CART#2"]]

    def test_an_answer_without_state_is_an_error(self, start: Start) -> None:
        handler = Fake({"batchItemFailures": []}, last={"state": {}})
        machine = start(self.source, handler)

        put(machine, "CART#1")
        machine.pump()

        assert handler.batches == [["CART#1"], ["CART#1"]]

    def test_a_batch_that_is_not_full_waits_for_its_window_while_time_passes(self, start: Start) -> None:
        handler = Fake(last={"state": {}})
        machine = start(self.source, handler)

        machine.at(machine.clock.now() + timedelta(seconds=10), lambda: put(machine, "CART#1"))
        machine.at(machine.clock.now() + timedelta(seconds=40), lambda: put(machine, "CART#2", "CART#3"))
        machine.advance_to(machine.clock.now() + timedelta(minutes=3))

        assert handler.batches[0] == ["CART#1", "CART#2"]
        assert [name for batch in handler.batches for name in batch] == ["CART#1", "CART#2", "CART#3"]


def test_a_record_older_than_the_limit_is_given_up(start: Start) -> None:
    handler = Fake()
    machine = start(with_(STREAM, maximum_age=60), handler)

    put(machine, "CART#1")
    machine.clock.set(machine.clock.now() + timedelta(seconds=61))
    put(machine, "CART#2")
    machine.pump()

    assert handler.batches == [["CART#2"]]
    assert len(waiting(machine, "StreamDeadLetters")) == 1
