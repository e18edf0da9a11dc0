"""A stream wakes its function as Lambda's event source does: which records, in which order and form."""

import json
from typing import Any

import boto3

from tests.machine.given import STREAM, Fake, Start, put, with_


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
