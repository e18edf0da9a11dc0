"""The tables of the local machine on another engine than moto, at an endpoint: DynamoDB Local, AWS's own."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any
from uuid import uuid4

import boto3
from botocore import handlers as botocore_handlers

from chalicelib.domain.journeys.due import lane_name
from infra.machine.engines.dynamodb_local.stream import RemoteShard, RemoteStream
from infra.package.packaged import StreamSource, Template
from infra.scoped.changes import replaced

CREATED_WITH = (
    "AttributeDefinitions",
    "KeySchema",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
    "BillingMode",
    "StreamSpecification",
)
"""The properties of a table that matter here: not its TTL (the engine has real time), nor its protection."""
CHANGING = frozenset(
    [
        "PutItem",
        "UpdateItem",
        "DeleteItem",
        "BatchWriteItem",
        "TransactWriteItems",
        "ExecuteStatement",
        "BatchExecuteStatement",
        "ExecuteTransaction",
    ]
)


class CallCount:
    """Counts calls that may have changed a table, once when they begin and once when they end."""

    def __init__(self) -> None:
        self.count = 0

    def note(self, model: Any, **_: Any) -> None:
        """botocore's ``before-call`` and ``after-call``."""
        if model.name in CHANGING:
            self.count += 1


class RemoteTables:
    """The template's tables under new names on the engine at ``endpoint``, deleted at the end."""

    def __init__(self, endpoint: str, now: Callable[[], datetime]) -> None:
        """``endpoint`` is a URL in the form of AWS's tools; ``now`` is virtual time."""
        self.endpoint = endpoint
        self._now, self._writes = now, CallCount()
        self._client: Any = None
        self._engagement = ""
        self._expiring: tuple[str, ...] = ()
        self._arns: dict[str, str] = {}
        self._earliest: tuple[int, str | None] = (-1, None)

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that send every client of DynamoDB to the engine."""
        return {"AWS_ENDPOINT_URL_DYNAMODB": self.endpoint, "AWS_ENDPOINT_URL_DYNAMODB_STREAMS": self.endpoint}

    @contextmanager
    def created(self, template: Template) -> Iterator[Mapping[str, str]]:
        """The names of the tables, by logical name. Only writes of clients that are made inside are counted."""
        counting = [(f"{moment}.dynamodb", self._writes.note) for moment in ("before-call", "after-call")]
        with (
            replaced(botocore_handlers, "BUILTIN_HANDLERS", [*botocore_handlers.BUILTIN_HANDLERS, *counting]),
            ExitStack() as undo,
        ):
            self._client, run = boto3.client("dynamodb"), uuid4().hex[:8]
            names = {}
            for logical, resource in template["Resources"].items():
                if resource.get("Type") == "AWS::DynamoDB::Table":
                    names[logical] = f"rekindle-{logical}-{run}"
                    made = self._client.create_table(TableName=names[logical], **declared(resource["Properties"]))
                    undo.callback(self._client.delete_table, TableName=names[logical])
                    self._arns[logical] = made["TableDescription"].get("LatestStreamArn", "")
            self._engagement, self._expiring = (
                names["EngagementTable"],
                (names["CommerceTable"], names["EngagementTable"]),
            )
            yield names

    def subscribe(self, source: StreamSource) -> tuple[RemoteStream, list[tuple[str, RemoteShard]]]:
        """The stream that triggers a function, and its shards. Raises KeyError for a table not in the template."""
        stream = RemoteStream(boto3.client("dynamodbstreams"), self._arns[source.table], self._now, self._writes)
        return stream, stream.shards(source.filters)

    def expire(self) -> None:
        """Delete the items whose time to live is over; the engine would do that in its own time."""
        over = {"FilterExpression": "expires_at < :now", "ProjectionExpression": "pk, sk"}
        now = {":now": {"N": str(int(self._now().timestamp()))}}
        for name in self._expiring:
            pages = self._client.get_paginator("scan").paginate(TableName=name, ExpressionAttributeValues=now, **over)
            for key in [item for page in pages for item in page["Items"]]:
                self._client.delete_item(TableName=name, Key=key)

    def earliest_due(self) -> str | None:
        """When the first enrollment is due, over all lanes; ``None`` if none waits."""
        if self._earliest[0] != self._writes.count:
            asked_at = self._writes.count
            found = [due for lane in range(int(os.environ["LANES"])) if (due := self._earliest_in(lane_name(lane)))]
            self._earliest = (asked_at, min(found, default=None))
        return self._earliest[1]

    def _earliest_in(self, lane: str) -> str | None:
        items = self._client.query(
            TableName=self._engagement,
            IndexName="due",
            KeyConditionExpression="lane = :lane",
            ExpressionAttributeValues={":lane": {"S": lane}},
            Limit=1,
        )["Items"]
        return items[0]["due_at"]["S"] if items else None


def declared(properties: Template) -> Template:
    """``CreateTable``'s parameters, except the name, from a table's properties in the template."""
    created = {name: properties[name] for name in CREATED_WITH if name in properties}
    if "StreamSpecification" in created:
        created["StreamSpecification"] = {**created["StreamSpecification"], "StreamEnabled": True}
    return created
