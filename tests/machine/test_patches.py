"""Each patch of moto can be left out: the same happens, or what moto does differently is shown here."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber

from infra.machine import measure_patches as measure
from infra.machine.clock import VirtualClock
from infra.machine.engines.moto.patches import DIRECT_CALLS, IN_PROCESS, SWITCHABLE, VARIABLE, left_out, patched_moto
from infra.machine.engines.moto.queues import queue_clock
from infra.machine.machine import Machine
from infra.machine.story import Ending, story
from infra.scoped.changes import replaced
from tests.machine.given import START, Fake, with_
from tests.machine.given import STREAM as ENROLL
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
PAGE = Path(__file__).parents[2] / "docs" / "moto.md"
EVERY = (*IN_PROCESS, DIRECT_CALLS)
NEW_ITEM = {"pk": {"S": "CUSTOMER#1"}, "sk": {"S": "CART#1"}}


@pytest.fixture(scope="module")
def usual() -> Ending:
    """The story with all patches."""
    return story(6)


@pytest.mark.parametrize("choice", [*SWITCHABLE, "none"])
def test_the_same_happens_without_a_patch(usual: Ending, choice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, choice)

    assert story(6) == usual


def test_the_story_is_about_something(usual: Ending) -> None:
    assert {mail for _, _, mail in usual.mails} >= {"abandoned_cart/reminder", "abandoned_cart/offer"}
    assert usual.failures == []
    assert all(usual.tables.values())


@pytest.mark.parametrize("name", SWITCHABLE)
def test_what_is_left_out_is_moto_s_own(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, name)
    gone = {patch.name for patch in EVERY if patch.name in left_out(name)}
    others = {(swap.owner, swap.name) for patch in EVERY if patch.name not in gone for swap in patch.swaps}
    own = [swap for patch in EVERY if patch.name in gone for swap in patch.swaps]
    before = [getattr(swap.owner, swap.name) for swap in own]

    with patched_moto():
        inside = [getattr(swap.owner, swap.name) for swap in own]

    assert own
    for swap, was, is_now in zip(own, before, inside, strict=True):
        assert (is_now == was) or (swap.owner, swap.name) in others


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("all", set()),
        ("", set()),
        ("none", set(SWITCHABLE)),
        ("transactions", {"transactions"}),
        (" transactions , conditions ", {"transactions", "conditions"}),
        ("updates", {"updates", "ordered-items", "copies", "item-size"}),
    ],
)
def test_the_variable_names_what_is_left_out_and_what_needs_it(text: str, names: set[str]) -> None:
    assert left_out(text) == names


@pytest.mark.parametrize("text", ["condition", "conditions,all", "queue-clock"])
def test_a_name_that_no_patch_has_is_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(ValueError, match=f"{VARIABLE}: no patch is called .*; there are updates, ordered-items, "):
        left_out(text)


@contextmanager
def a_stream() -> Iterator[tuple[Machine, Fake]]:
    """A machine with one table's stream, and who reads it."""
    reader = Fake()
    source = with_(ENROLL, batch_size=1)
    with Machine(VirtualClock(START), handlers={"enroll": reader}, sources=(source,), behaviour=None) as machine:
        yield machine, reader


@pytest.mark.parametrize(("choice", "records"), [("all", ["INSERT"]), ("updates", ["INSERT", "INSERT"])])
def test_without_updates_a_new_item_is_two_records(
    choice: str, records: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, choice)
    with a_stream() as (machine, reader):
        boto3.client("dynamodb").update_item(
            TableName=machine.stack.tables["CommerceTable"],
            Key=NEW_ITEM,
            UpdateExpression="SET pieces = :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
        machine.pump()

    assert [record["eventName"] for event in reader.events for record in event["Records"]] == records


@pytest.mark.parametrize(("choice", "records"), [("all", []), ("transactions", ["INSERT"])])
def test_without_transactions_a_failed_one_leaves_a_record(
    choice: str, records: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, choice)
    with a_stream() as (machine, reader):
        client: Any = boto3.client("dynamodb")
        _fail_a_transaction(client, machine.stack.tables["CommerceTable"])
        machine.pump()

        assert client.scan(TableName=machine.stack.tables["CommerceTable"])["Items"] == []
    assert [record["eventName"] for event in reader.events for record in event["Records"]] == records


@pytest.mark.parametrize(("choice", "most"), [("all", 1), ("one-at-a-time", 4)])
def test_without_one_at_a_time_calls_of_threads_overlap(
    choice: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, choice)
    running, seen = [0], [0]

    def slow(self: BotocoreStubber, request: Any) -> Any:
        running[0] += 1
        seen[0] = max(seen[0], running[0])
        time.sleep(0.2)
        running[0] -= 1
        return 200, {}, b"{}"

    with (
        mock_aws(),
        replaced(BotocoreStubber, "process_request", slow),
        patched_moto(http=True),
        ThreadPoolExecutor(4) as pool,
    ):
        client = boto3.client("dynamodb", region_name="us-east-1")
        list(pool.map(lambda _: client.list_tables(), range(4)))

    assert seen == [most]


@pytest.mark.parametrize("choice", ["all", "ordered-items", "none"])
def test_a_failed_transaction_does_not_hide_what_is_due(choice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, choice)
    with Machine(VirtualClock(START), handlers={}, sources=()) as machine:
        client: Any = boto3.client("dynamodb")
        table = machine.stack.tables["EngagementTable"]
        _fail_a_transaction(client, table)
        item = {**NEW_ITEM, "lane": {"S": "L0"}, "due_at": {"S": "2026-03-02T10:00:00Z"}}
        client.put_item(TableName=table, Item=item)

        assert machine._tables.earliest_due() == "2026-03-02T10:00:00Z"


def _fail_a_transaction(client: Any, table: str) -> None:
    other = {**NEW_ITEM, "sk": {"S": "CART#2"}}
    with pytest.raises(client.exceptions.TransactionCanceledException):
        client.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": table, "Item": NEW_ITEM}},
                {"Put": {"TableName": table, "Item": other, "ConditionExpression": "attribute_exists(pk)"}},
            ]
        )


def test_the_page_describes_every_patch_and_no_other() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \|(.*)\|$", PAGE.read_text("utf-8"), re.MULTILINE)

    described = {name: text for name, text in rows if text.count("|") == 3}

    every = (*EVERY, queue_clock(lambda: START))
    assert list(described) == [patch.name for patch in every]
    assert all(patch.purpose in described[patch.name] for patch in every)
    assert "required" in described["queue-clock"]


def test_the_measure_compares_with_all_patches() -> None:
    figures = measure.measured(("all", "none"), customers=1, rounds=1)

    lines = list(measure.table(figures, customers=1, rounds=1))

    assert lines[-2].startswith("| `all` | ")
    assert lines[-2].endswith(" | 1.00 | 1.00 |")
    assert re.fullmatch(r"\| `none` \|( \d+\.\d\d \|){3}", lines[-1])
