"""What ``enroll`` is measured with is what it gets: real records, and answers as DynamoDB would give them."""

from collections.abc import Iterator
from typing import Any

import pytest

from infra.bench.carts import LEFT_AT
from infra.bench.records import BATCH, KINDS, Batch, Instant, _nested, batches_of, markdown
from infra.machine.clock import VirtualClock
from infra.machine.lambda_context import LambdaContext
from infra.machine.machine import Machine
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """The real functions."""
    with Machine(VirtualClock(LEFT_AT)) as running:
        yield running


@pytest.fixture(scope="module")
def batches(machine: Machine) -> dict[str, Batch]:
    """The records by kind."""
    return batches_of(machine)


def test_each_kind_is_a_full_batch_of_that_kind(batches: dict[str, Batch]) -> None:
    assert list(batches) == list(KINDS)
    names = {kind: {record["eventName"] for record in batch.records} for kind, batch in batches.items()}
    keys = {kind: {_sort_key(record)[:5] for record in batch.records} for kind, batch in batches.items()}

    assert {len(batch.records) for batch in batches.values()} == {BATCH}
    first, changed, saved = (f"cart, {what}" for what in ("first change", "changed again", "saved again"))
    assert names == {first: {"INSERT"}, changed: {"MODIFY"}, saved: {"MODIFY"}, "order": {"INSERT"}}
    assert keys == {first: {"CART#"}, changed: {"CART#"}, saved: {"CART#"}, "order": {"ORDER"}}


def _sort_key(record: dict[str, Any]) -> str:
    return str(record["dynamodb"]["Keys"]["sk"]["S"])


class Writing(Instant):
    """Remembers what is written."""

    def __init__(self, batch: Batch) -> None:
        super().__init__(batch.partitions)
        self.written: list[dict[str, Any]] = []

    def put_item(self, **item: Any) -> dict[str, Any]:
        self.written.append(item)
        return {}

    update_item = put_item


@pytest.mark.parametrize(
    ("kind", "calls"), [("cart, first change", 1), ("cart, changed again", 1), ("cart, saved again", 0)]
)
def test_a_cart_costs_one_call_at_most(
    machine: Machine, batches: dict[str, Batch], monkeypatch: pytest.MonkeyPatch, kind: str, calls: int
) -> None:
    """Beside the one for the batch that finds out who was merged or erased."""
    import app

    client = Instant(batches[kind].partitions)
    monkeypatch.setitem(vars(app.parts.aws), "dynamodb", client)

    app.enroll(batches[kind].event, LambdaContext("enroll"))

    assert client.calls // BATCH == calls


@pytest.mark.parametrize(
    ("kind", "writes"),
    [("cart, first change", 1), ("cart, changed again", 0), ("cart, saved again", 0), ("order", 4)],
)
def test_the_work_that_is_measured_is_really_done(
    machine: Machine, batches: dict[str, Batch], monkeypatch: pytest.MonkeyPatch, kind: str, writes: int
) -> None:
    import app

    client = Writing(batches[kind])
    monkeypatch.setitem(vars(app.parts.aws), "dynamodb", client)
    monkeypatch.setitem(vars(app.parts.aws), "sqs", None)  # a record that nobody can handle would be queued

    assert app.enroll(batches[kind].event, LambdaContext("enroll")) == {"batchItemFailures": []}
    assert len(client.written) >= writes * BATCH
    assert bool(client.written) == bool(writes)


def test_the_usual_way_to_store_a_fact_is_nested_maps(batches: dict[str, Batch]) -> None:
    record = batches["cart, first change"].records[0]

    nested = _nested(record)["dynamodb"]["NewImage"]["fact"]

    assert "S" in record["dynamodb"]["NewImage"]["fact"]
    assert set(nested) == {"M"}
    assert nested["M"]["lines"]["L"][0]["M"]["quantity"]["N"].isdecimal()


def test_the_section_shows_each_kind() -> None:
    us = {"json": 4.0, "json of nested maps": 8.0, "ours": 20.0, "with botocore": 300.0}
    kind = {"kind": "order", "bytes": 928, "calls": 9.0, "us": us, "ratio": 5.0, "ratio_to_nested_maps": 2.5}

    section = markdown({"batch": 100, "rounds": 3, "kinds": [kind]})

    assert "| order | 928 | 9 | 4.0 | 20.0 | **5.0** | 2.5 | 300 |" in section
