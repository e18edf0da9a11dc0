"""The calls to AWS that a fault is about, by name: ``sesv2.SendEmail``, ``dynamodb.write``, ``sqs.*``."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from botocore.session import get_session

SERVICES = ("dynamodb", "sesv2", "sqs", "ssm")
GROUPS = {
    "dynamodb.write": ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"),
    "dynamodb.read": ("GetItem", "Query", "Scan", "BatchGetItem"),
}
ANY = "*"
BATCHES = {"BatchGetItem": "UnprocessedKeys", "BatchWriteItem": "UnprocessedItems"}
"""The operations that answer for each item, and the part of the answer that names those that were not handled."""


def call_fault(name: str) -> str | None:
    """Why a call's name is wrong; None if it is right."""
    service, _, operation = name.partition(".")
    if service not in SERVICES:
        return f"unknown service {service!r}; one of {', '.join(SERVICES)}"
    if name in GROUPS or operation == ANY or operation in operations(service):
        return None
    return f"{service} has no operation {operation!r}"


def is_meant(name: str, service: str, operation: str) -> bool:
    """Whether a call's name includes an operation."""
    wanted, _, of = name.partition(".")
    return wanted == service and (of in (ANY, operation) or operation in GROUPS.get(name, ()))


@cache
def operations(service: str) -> frozenset[str]:
    """All operations of a service."""
    return frozenset(get_session().get_service_model(service).operation_names)


def names(text: str, keys: Collection[str]) -> bool:
    """Whether a request, or a part of one, has one of the keys in it."""
    return any(key in text for key in keys)


def without(request: Mapping[str, Any], keys: Collection[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The items of a batch that are not of the customer with these keys, and those that are, by table."""
    others: dict[str, Any] = {}
    theirs: dict[str, Any] = {}
    for table, wanted in request["RequestItems"].items():
        several = wanted if isinstance(wanted, list) else wanted["Keys"]
        for items, is_theirs in ((others, False), (theirs, True)):
            chosen = [each for each in several if names(repr(each), keys) is is_theirs]
            if chosen:
                items[table] = chosen if isinstance(wanted, list) else {**wanted, "Keys": chosen}
    return others, theirs
