"""What a table takes care of, on real engines: paging, leftovers, limits of one call."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.adapters.dynamodb import table as table_module
from chalicelib.adapters.dynamodb.counters import CounterStore
from chalicelib.adapters.dynamodb.table import ATTEMPTS, MEETINGS, Table
from chalicelib.domain.errors import Unavailable

BIG = "x" * 300_000


@contextmanager
def answering(table: Table, operation: str, change: Callable[[dict[str, Any]], None]) -> Iterator[list[str]]:
    """Changes what DynamoDB answers to an operation; yields a list that grows by one a call."""
    calls: list[str] = []

    def hook(parsed: dict[str, Any], **_: Any) -> None:
        calls.append(operation)
        change(parsed)

    events, name = table._aws.dynamodb.meta.events, f"after-call.dynamodb.{operation}"
    events.register(name, hook)
    try:
        yield calls
    finally:
        events.unregister(name, hook)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, without making them."""
    made: list[float] = []
    monkeypatch.setattr(table_module, "sleep", made.append)
    return made


def keys(count: int) -> list[dict[str, str]]:
    return [{"pk": f"P#{number}", "sk": "S"} for number in range(count)]


def test_a_partition_of_more_than_a_megabyte_comes_whole(table: Table) -> None:
    for number in range(5):
        table.put({"pk": "P", "sk": f"S{number}", "text": BIG})

    with answering(table, "Query", lambda parsed: None) as calls:
        found = [item["sk"] for item in table.partition("P")]

    assert found == ["S0", "S1", "S2", "S3", "S4"]
    assert len(calls) > 1


def test_a_scan_of_more_than_a_megabyte_comes_whole(table: Table) -> None:
    for key in keys(5):
        table.put({**key, "text": BIG})

    with answering(table, "Scan", lambda parsed: None) as calls:
        found = {item["pk"] for item in table.scan()}

    assert found == {key["pk"] for key in keys(5)}
    assert len(calls) > 1


def test_items_left_over_are_asked_for_again(table: Table, pauses: list[float]) -> None:
    table.batch_put([dict(key) for key in keys(3)])
    left = [2, 1, 0]

    def leave(parsed: dict[str, Any]) -> None:
        """DynamoDB gives one item a call and leaves the others."""
        items = parsed["Responses"][table.name]
        kept, undone = items[:1], items[1:]
        parsed["Responses"][table.name] = kept
        if undone:
            parsed["UnprocessedKeys"] = {
                table.name: {"Keys": [{"pk": item["pk"], "sk": item["sk"]} for item in undone], "ConsistentRead": True}
            }
        assert len(undone) == left.pop(0)

    with answering(table, "BatchGetItem", leave) as calls:
        found = table.batch_get(keys(3))

    assert sorted(item["pk"] for item in found) == ["P#0", "P#1", "P#2"]
    assert len(calls) == 3
    assert sorted(pauses) == pauses


def test_what_is_left_over_for_ever_is_unavailable(table: Table, pauses: list[float]) -> None:
    table.batch_put([dict(key) for key in keys(1)])

    def leave_all(parsed: dict[str, Any]) -> None:
        parsed["UnprocessedKeys"] = {table.name: {"Keys": [{"pk": {"S": "P#0"}, "sk": {"S": "S"}}]}}

    with answering(table, "BatchGetItem", leave_all) as calls, pytest.raises(Unavailable):
        table.batch_get(keys(1))

    assert len(calls) == ATTEMPTS


def test_puts_left_over_are_put_again(table: Table, pauses: list[float]) -> None:
    put_again = [{"PutRequest": {"Item": {"pk": {"S": "P#late"}, "sk": {"S": "S"}}}}]
    left = [put_again]

    def leave(parsed: dict[str, Any]) -> None:
        if left:
            parsed["UnprocessedItems"] = {table.name: left.pop()}

    with answering(table, "BatchWriteItem", leave) as calls:
        table.batch_put([{"pk": "P#early", "sk": "S"}])

    assert len(calls) == 2
    assert {item["pk"] for item in table.scan()} == {"P#early", "P#late"}


def test_more_than_a_hundred_keys_go_in_several_calls(table: Table) -> None:
    table.batch_put([dict(key) for key in keys(230)])

    with answering(table, "BatchGetItem", lambda parsed: None) as calls:
        found = table.batch_get([*keys(230), *keys(10)])

    assert len(calls) == 3
    assert sorted(item["pk"] for item in found) == sorted(key["pk"] for key in keys(230))


def test_nothing_asked_for_is_no_call(table: Table) -> None:
    with answering(table, "BatchGetItem", lambda parsed: None) as calls:
        assert table.batch_get([]) == []

    assert calls == []


def test_an_index_is_read_from_where_the_page_before_ended(table: Table) -> None:
    for number in range(5):
        table.put({"pk": f"P#{number}", "sk": "MEMBER#gold", "segment": "gold"})

    seen, start = [], None
    while True:
        items, start = table.index_page("segment", "#s = :s", {":s": "gold"}, 2, {"#s": "segment"}, start)
        seen += [item["pk"] for item in items]
        if start is None:
            break

    assert seen == [f"P#{number}" for number in range(5)]


def test_folding_many_counters_stays_within_what_one_expression_may_hold(table: Table) -> None:
    """DynamoDB takes 4 KB of expression and 300 operands in one update."""
    counters = CounterStore(table)
    for batch in range(4):
        names = {f"journey|1|step_{batch}|-|treated|kind_{number}": 1 for number in range(100)}
        place = str(batch + 1).zfill(40)
        counters.apply("2026-03-02", "s1", names, place, place, "2026-03-02T10:00:00.000Z")
    before = counters.read()
    lengths: list[int] = []

    def measure(params: dict[str, Any], **_: Any) -> None:
        for action in params["TransactItems"]:
            lengths.extend(len(each[name]) for each in action.values() for name in each if name.endswith("Expression"))

    table._aws.dynamodb.meta.events.register("provide-client-params.dynamodb.TransactWriteItems", measure)
    while closed := [shard for shard in ("s1",) if counters.last_sequence("2026-03-02", shard)]:
        assert counters.fold("2026-03-02", closed[0], counters.last_sequence("2026-03-02", closed[0]))

    assert counters.read() == before
    assert max(lengths) <= 4096


@contextmanager
def meeting_transactions(table: Table, operation: str, times: int) -> Iterator[list[str]]:
    """The first calls of an operation meet a transaction on their item; yields a list that grows by one a call."""
    calls: list[str] = []
    client: Any = table._aws.dynamodb
    call = getattr(client, operation)

    def met(**arguments: Any) -> Any:
        calls.append(operation)
        if len(calls) <= times:
            raise ClientError({"Error": {"Code": "TransactionConflictException"}}, operation)
        return call(**arguments)

    setattr(client, operation, met)
    try:
        yield calls
    finally:
        delattr(client, operation)


@pytest.mark.parametrize("operation", ["put_item", "update_item", "delete_item"])
def test_a_write_that_meets_a_transaction_is_made_again(table: Table, pauses: list[float], operation: str) -> None:
    key = {"pk": "P", "sk": "S"}
    table.put({**key, "n": 1})
    writes: dict[str, Callable[[], None]] = {
        "put_item": lambda: table.put({**key, "n": 2}),
        "update_item": lambda: table.update(key, "SET n = :n", "n = :old", {}, {":n": 2, ":old": 1}),
        "delete_item": lambda: table.delete_if(key, "n = :old", {":old": 1}),
    }

    with meeting_transactions(table, operation, 2) as calls:
        writes[operation]()

    assert (len(calls), len(pauses)) == (3, 2)
    assert table.get(key) == (None if operation == "delete_item" else {**key, "n": 2})


def test_a_write_that_meets_transactions_for_ever_is_unavailable(table: Table, pauses: list[float]) -> None:
    with meeting_transactions(table, "put_item", 99) as calls, pytest.raises(Unavailable):
        table.put({"pk": "P", "sk": "S"})

    assert len(calls) == MEETINGS
