"""CPU that ``enroll`` takes for one record of the commerce stream, compared with reading that record's JSON.

It is measured three times over the same records: with a client that answers at once (all of our own code, including
the arguments of every call), with botocore too (requests are made and signed and their answers parsed, but none is
sent), and with nested maps instead of the text that facts are stored as (only how long reading them takes).
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

from moto.core.botocore_stubber import BotocoreStubber

import app
from chalicelib.adapters.dynamodb.attributes import dump, dump_item
from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.order import Order
from infra.bench.carts import LEFT_AT, cart_of, customers
from infra.bench.tables import table
from infra.bench.timing import Work, interleaved, ratio
from infra.machine.clock import VirtualClock
from infra.machine.lambda_context import LambdaContext
from infra.machine.machine import Machine
from infra.scoped.changes import replaced

NAME = "records"
AIM = 1.0
BATCH = 100
WRITES = ("PutItem", "UpdateItem", "DeleteItem")
KINDS = {
    "cart, first change": "arms a reminder: one write, no read",
    "cart, changed again": "reads the cart's open run: one item",
    "cart, saved again": "nothing to do: no call",
    "order": "reads the customer twice, stores the standing, ends and credits runs, begins others",
}

Record = dict[str, Any]


@dataclass(frozen=True)
class Batch:
    """Records of one kind, one per customer, and DynamoDB's answers to queries about these customers."""

    records: list[Record]
    partitions: Mapping[tuple[str, str], list[dict[str, Any]]]

    @property
    def event(self) -> dict[str, Any]:
        """As Lambda passes it."""
        return {"Records": self.records}


class Instant:
    """Replaces the client of DynamoDB: it answers at once from the given partitions, and every write succeeds."""

    def __init__(self, partitions: Mapping[tuple[str, str], list[dict[str, Any]]]) -> None:
        self._partitions = partitions
        self.calls = 0

    def query(self, **wanted: Any) -> dict[str, Any]:
        """The wanted items of the partition."""
        self.calls += 1
        return {"Items": _wanted(self._partitions, wanted)}

    def batch_get_item(self, **_: Any) -> dict[str, Any]:
        """Nothing."""
        self.calls += 1
        return {"Responses": {}}

    def put_item(self, **_: Any) -> dict[str, Any]:
        """The write succeeds."""
        self.calls += 1
        return {}

    update_item = delete_item = transact_write_items = put_item


def measure(quick: bool) -> dict[str, Any]:
    """Microseconds a record, and the ratios to ``json.loads`` of it; medians of interleaved rounds."""
    rounds, repeats = (3, 1) if quick else (15, 3)
    with Machine(VirtualClock(LEFT_AT), http=True) as machine:
        batches = batches_of(machine)
        machine.clock.set(LEFT_AT + timedelta(hours=1))
        return {
            "batch": BATCH,
            "rounds": rounds,
            "kinds": [
                {"kind": kind, **_figures(app.enroll, batch, rounds, repeats)} for kind, batch in batches.items()
            ],
        }


def batches_of(machine: Machine) -> dict[str, Batch]:
    """By kind, the stream's records while ``BATCH`` customers leave a cart, change it, save it, and buy it."""
    people = customers(BATCH)
    facts: dict[str, list[Cart | Order]] = {
        "cart, first change": [cart_of(each) for each in people],
        "cart, changed again": [cart_of(each, 4, LEFT_AT + timedelta(minutes=5)) for each in people],
        "cart, saved again": [cart_of(each, 4, LEFT_AT + timedelta(minutes=9)) for each in people],
        "order": [
            Order(f"order-{n}", at := LEFT_AT + timedelta(minutes=20), cart_of(each, 4).total, at,
                  products=("tea-0", "tea-1"), cart_id=cart_of(each).id)
            for n, each in enumerate(people)
        ],
    }  # fmt: skip
    for person in people:
        app.parts.facts.put(person.key, person)
    machine.pump()
    batches = {}
    for kind, each in facts.items():
        with _seen(machine) as records:
            for person, fact in zip(people, each, strict=True):
                app.parts.facts.put(person.key, fact)
            partitions = _partitions([person.key for person in people])
            machine.pump()
        batches[kind] = Batch(list(records), partitions)
    return batches


@contextmanager
def _seen(machine: Machine) -> Iterator[list[Record]]:
    """The records that ``enroll`` receives inside, as they come in JSON."""

    records: list[Record] = []
    enroll = app.enroll

    def seen(event: Any, context: Any) -> Any:
        records.extend(json.loads(json.dumps(event["Records"])))
        return enroll(event, context)

    with replaced(app, "enroll", seen):
        yield records


def _partitions(keys: list[str]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    settings = app.parts.settings
    tables = [app.parts.table(settings.commerce_table), app.parts.table(settings.engagement_table)]
    return {
        (table.name, f"CUSTOMER#{key}"): [dump_item(item) for item in table.partition(f"CUSTOMER#{key}")]
        for table in tables
        for key in keys
    }


def _wanted(
    partitions: Mapping[tuple[str, str], list[dict[str, Any]]], query: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The items that a query finds."""
    values = query["ExpressionAttributeValues"]
    prefix = values.get(":sk", {"S": ""})["S"]
    stored = partitions.get((query["TableName"], values[":pk"]["S"]), [])  # there are no credits
    found = [item for item in stored if item["sk"]["S"].startswith(prefix)]
    return found[-1:] if query.get("Limit") == 1 else found


def _figures(enroll: Any, batch: Batch, rounds: int, repeats: int) -> dict[str, Any]:
    texts = [json.dumps(record, separators=(",", ":")) for record in batch.records]
    maps = [json.dumps(_nested(record), separators=(",", ":")) for record in batch.records]
    client = Instant(batch.partitions)
    with replaced(app.parts.aws, "dynamodb", client), replaced(app.parts.aws, "sqs", None):  # nothing must be queued
        enroll(batch.event, LambdaContext("enroll"))
        works: dict[str, Work] = {
            "json": lambda: [json.loads(text) for text in texts],
            "json of nested maps": lambda: [json.loads(text) for text in maps],
            "ours": lambda: enroll(batch.event, LambdaContext("enroll")),
        }
        calls = client.calls / len(texts)
        times = interleaved(works, rounds, repeats)
    with _sent_to_nobody(batch), replaced(app.parts.aws, "sqs", None):
        times |= interleaved({"with botocore": works["ours"]}, max(3, rounds // 3))
    return {
        "bytes": sum(map(len, texts)) // len(texts),
        "calls": calls,
        "us": {name: median(seconds) / len(texts) * 1e6 for name, seconds in times.items()},
        "ratio": ratio(times["ours"], times["json"]),
        "ratio_to_nested_maps": ratio(times["ours"], times["json of nested maps"]),
    }


def _nested(record: Record) -> Record:
    """The record as it would be if facts were stored as DynamoDB's nested maps."""
    nested = deepcopy(record)
    for image in ("NewImage", "OldImage"):
        if image in nested["dynamodb"]:
            nested["dynamodb"][image]["fact"] = dump(json.loads(nested["dynamodb"][image]["fact"]["S"]))
    return nested


@contextmanager
def _sent_to_nobody(batch: Batch) -> Iterator[None]:
    """Inside, a request that botocore is about to send is answered at once."""

    def answered(stubber: BotocoreStubber, request: Any) -> tuple[int, dict[str, str], bytes]:
        operation = request.headers["X-Amz-Target"].decode().removeprefix("DynamoDB_20120810.")
        if operation in WRITES:
            return 200, {}, b"{}"
        if operation == "BatchGetItem":
            return 200, {}, b'{"Responses": {}}'
        body = request.body
        if body not in answers:
            answers[body] = json.dumps({"Items": _wanted(batch.partitions, json.loads(body))}).encode()
        return 200, {}, answers[body]

    answers = dict[bytes, bytes]()
    with replaced(BotocoreStubber, "process_request", answered):
        yield


def markdown(figures: dict[str, Any]) -> str:
    """The section of the benchmarks page."""
    rows = [
        [
            each["kind"],
            f"{each['bytes']:,}",
            f"{each['calls']:.0f}",
            f"{each['us']['json']:.1f}",
            f"{each['us']['ours']:.1f}",
            f"**{each['ratio']:.1f}**",
            f"{each['ratio_to_nested_maps']:.1f}",
            f"{each['us']['with botocore']:.0f}",
        ]
        for each in figures["kinds"]
    ]
    head = ["record", "bytes", "calls", "`json.loads`", "`enroll`", "ratio", "to nested maps", "with botocore"]
    return f"""## CPU of `enroll` per stream record

{table(head, rows)}

Microseconds of CPU, not of elapsed time, for one record in a batch of {figures["batch"]}; medians of
{figures["rounds"]} interleaved rounds; the aim is a ratio of at most {AIM:.0f}. *`json.loads`* reads the text of the
same record, as Lambda passes it. *`enroll`* is the whole function of `app.py` with a client that answers at once: it
includes unpacking the record, deciding, and making the arguments of every call; it excludes botocore, the network, and
reading the event's JSON (which Lambda's runtime does before). *With botocore*, the requests are also made and signed
and their answers parsed, but no request is sent. Each fact is stored as one text, which makes the records quick to
read; *to nested maps* is the ratio for the same facts stored as DynamoDB's nested maps, the usual way.
"""
