"""DynamoDB stream records, as Lambda passes them, turned into changes of facts and of counted items."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.attributes import load_item
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.figures.counters import Counts, counts_of, difference


@dataclass(frozen=True, slots=True)
class FactChange:
    """A fact changed from ``old`` (None: it is new) to ``new`` (None: it was removed). A launch has no customer.

    ``past``: it was imported as history; ``old_past``: what was known before was.
    """

    customer: str
    old: Fact | None
    new: Fact | None
    past: bool = False
    old_past: bool = False


def customers(event: Mapping[str, Any]) -> frozenset[str]:
    """Whom the records of an event of the ``commerce`` stream are about."""
    pks = {record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]}
    return frozenset(keys.customer_of(pk) for pk in pks if keys.is_customer(pk))


def partition(record: Mapping[str, Any]) -> str:
    """The partition of the item that a record is about: a customer's, for most."""
    pk: str = record["dynamodb"]["Keys"]["pk"]["S"]
    return pk


def sequence_number(record: Mapping[str, Any]) -> str:
    """The record's place in its shard: 40 digits, so that they compare as text."""
    return str(record["dynamodb"]["SequenceNumber"]).zfill(40)


def names(record: Mapping[str, Any]) -> dict[str, str]:
    """The log fields of a record: its place in the stream, its customer and its enrollment."""
    change = record["dynamodb"]
    pk, sk = change["Keys"]["pk"]["S"], change["Keys"]["sk"]["S"]
    found = {"sequence": change["SequenceNumber"]}
    if keys.is_customer(pk):
        found["customer"] = keys.customer_of(pk)
    if sk.startswith(keys.ENROLLMENT):
        run = sk.removeprefix(keys.ENROLLMENT)
        found |= {"enrollment": run, "journey": run.partition("#")[0]}
    return found


def fact_change(record: Mapping[str, Any]) -> FactChange:
    """The change in a record of the ``commerce`` stream; raises ``ValueError`` for an item of no known shape."""
    change = record["dynamodb"]
    pk = change["Keys"]["pk"]["S"]
    return FactChange(
        keys.customer_of(pk) if keys.is_customer(pk) else "",
        _fact(change.get("OldImage")),
        _fact(change.get("NewImage")),
        past="past" in change.get("NewImage", ()),
        old_past="past" in change.get("OldImage", ()),
    )


def _fact(image: Mapping[str, Any] | None) -> Fact | None:
    return items.fact_of(load_item(image)) if image else None


def counted_change(record: Mapping[str, Any]) -> dict[tuple[str, str], int]:
    """What a record of the ``engagement`` stream adds to the counters. A removed item leaves them as they are."""
    change = record["dynamodb"]
    if "NewImage" not in change:
        return {}
    old = change.get("OldImage")
    return difference(_counts(old) if old else {}, _counts(change["NewImage"]))


def _counts(image: Mapping[str, Any]) -> Counts:
    return counts_of(items.counted_of(load_item(image)))
