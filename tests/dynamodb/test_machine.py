"""The local machine with its tables on AWS's own engine: what reaches the functions, when, and in which order."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from infra.machine.streams import Handler
from infra.package.packaged import ScheduleSource
from tests.machine.given import START
from tests.machine.given import STREAM as FACTS

EVERY_MINUTE = ScheduleSource("sweep", "rate(1 minute)")

Start = Callable[..., Machine]


class Seen:
    """A handler that keeps the records it gets; it answers as a function with a tumbling window must."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []

    def __call__(self, event: dict[str, Any]) -> dict[str, Any]:
        self.events.append(event)
        self.records += event.get("Records", ())
        return {"state": {}, "batchItemFailures": []}

    @property
    def changes(self) -> list[tuple[str, str]]:
        """The name of each event and the sort key it is about."""
        return [(record["eventName"], record["dynamodb"]["Keys"]["sk"]["S"]) for record in self.records]


@pytest.fixture
def start(endpoint: str) -> Iterator[Start]:
    """Starts a machine with these sources and handlers; stopped after the test."""
    with ExitStack() as machines:

        def start_one(*sources: Any, **handlers: Handler) -> Machine:
            machine = Machine(
                VirtualClock(START), handlers=handlers, sources=sources, behaviour=None, dynamodb=endpoint
            )
            return machines.enter_context(machine)

        yield start_one


def put(machine: Machine, sk: str, pk: str = "P", table: str = "CommerceTable", **more: Mapping[str, Any]) -> None:
    item: Any = {"pk": {"S": pk}, "sk": {"S": sk}, **more}
    boto3.client("dynamodb").put_item(TableName=machine.stack.tables[table], Item=item)


def test_changes_come_in_order_with_both_images(start: Start) -> None:
    seen = Seen()
    machine = start(FACTS, enroll=seen)
    key = {"pk": {"S": "P"}, "sk": {"S": "a"}}

    put(machine, "a", number={"N": "1"})
    put(machine, "b")
    put(machine, "a", number={"N": "2"})
    boto3.client("dynamodb").delete_item(TableName=machine.stack.tables["CommerceTable"], Key=key)
    machine.pump()

    assert seen.changes == [("INSERT", "a"), ("INSERT", "b"), ("MODIFY", "a"), ("REMOVE", "a")]
    modified = seen.records[2]["dynamodb"]
    assert (modified["OldImage"]["number"], modified["NewImage"]["number"]) == ({"N": "1"}, {"N": "2"})
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in seen.records]
    assert numbers == sorted(numbers)
    assert seen.records[0]["eventSourceARN"].split("/stream/")[0].endswith(machine.stack.tables["CommerceTable"])


def test_what_has_expired_is_deleted_within_a_day(start: Start) -> None:
    seen = Seen()
    machine = start(FACTS, enroll=seen)
    for sk, hours in (("soon", 1), ("later", 47)):
        put(machine, sk, expires_at={"N": str(int((START + timedelta(hours=hours)).timestamp()))})

    machine.at(START + timedelta(days=1), lambda: None)
    machine.advance_to(START + timedelta(days=1))

    assert seen.changes[2:] == [("REMOVE", "soon")]


def test_a_write_that_changes_nothing_tells_nobody(start: Start) -> None:
    seen = Seen()
    machine = start(FACTS, enroll=seen)

    put(machine, "a", number={"N": "1"})
    put(machine, "a", number={"N": "1"})
    machine.pump()

    assert seen.changes == [("INSERT", "a")]


def test_records_come_when_another_table_was_written_first(start: Start) -> None:
    """A place before a shard's first record is lost when other tables' records have taken its number."""
    seen = Seen()
    machine = start(FACTS, enroll=seen)

    for number in range(3):
        put(machine, str(number), table="EngagementTable")
    machine.pump()
    put(machine, "a")
    machine.pump()

    assert seen.changes == [("INSERT", "a")]


def test_more_than_one_answer_of_the_engine_comes_whole(start: Start) -> None:
    seen = Seen()
    machine = start(FACTS, enroll=seen)
    table, client = machine.stack.tables["CommerceTable"], boto3.client("dynamodb")

    for batch in range(50):
        items = [{"pk": {"S": f"P{batch}"}, "sk": {"S": f"{number:02}"}} for number in range(25)]
        client.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": item}} for item in items]})
    machine.pump()

    assert len(seen.records) == 1250
    assert {len(event["Records"]) for event in seen.events} == {100, 50}


def test_only_what_matches_the_filters_comes(start: Start) -> None:
    seen = Seen()
    carts = replace(FACTS, filters=('{"dynamodb": {"Keys": {"sk": {"S": [{"prefix": "CART#"}]}}}}',))
    machine = start(carts, enroll=seen)

    for sk in ("CART#1", "ORDER#1", "CART#2"):
        put(machine, sk)
    machine.pump()

    assert seen.changes == [("INSERT", "CART#1"), ("INSERT", "CART#2")]


def test_windows_go_by_the_virtual_time(start: Start) -> None:
    seen = Seen()
    machine = start(replace(FACTS, tumbling_window=60), enroll=seen)

    put(machine, "a")
    machine.advance_to(START + timedelta(seconds=90))
    put(machine, "b")
    machine.advance_to(START + timedelta(minutes=5))

    windows = [(event["window"]["start"], [*_names(event)]) for event in seen.events if event["Records"]]
    assert windows == [("2026-03-01T12:00:00Z", ["a"]), ("2026-03-01T12:01:00Z", ["b"])]
    assert seen.events[0]["shardId"].startswith("shardId-")


def test_the_sweep_runs_when_the_first_of_all_lanes_is_due(start: Start) -> None:
    runs: list[datetime] = []
    machine: Machine = start(EVERY_MINUTE, sweep=lambda event: runs.append(machine.clock.now()))
    due = {"l": START + timedelta(days=2), "k": START + timedelta(minutes=90, seconds=30)}

    for lane, name in (("L0", "l"), ("L3", "k")):
        at = due[name].strftime("%Y-%m-%dT%H:%M:%S.000Z")
        put(machine, name, table="EngagementTable", lane={"S": lane}, due_at={"S": at})
    machine.advance_to(START + timedelta(minutes=91))

    assert runs == [START + timedelta(minutes=91)]


def test_the_next_machine_begins_empty(endpoint: str) -> None:
    seen = Seen()
    for sk in ("a", "b"):
        with Machine(VirtualClock(START), handlers={"enroll": seen}, sources=(FACTS,), dynamodb=endpoint) as machine:
            put(machine, sk)
            machine.pump()

    assert seen.changes == [("INSERT", "a"), ("INSERT", "b")]
    assert len({record["eventSourceARN"] for record in seen.records}) == 2


def test_nothing_is_left_on_the_engine(endpoint: str) -> None:
    with Machine(VirtualClock(START), handlers={}, sources=(), dynamodb=endpoint) as machine:
        names = set(machine.stack.tables.values())
        during = set(_tables(endpoint))
    assert names <= during
    assert not names & set(_tables(endpoint))


def _names(event: Mapping[str, Any]) -> Iterator[str]:
    return (record["dynamodb"]["Keys"]["sk"]["S"] for record in event["Records"])


def _tables(endpoint: str) -> list[str]:
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}
    client = boto3.session.Session().client("dynamodb", endpoint_url=endpoint, **keys)  # type: ignore[call-overload]
    return list(client.list_tables()["TableNames"])
