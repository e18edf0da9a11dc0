"""Descriptions of dead letters, without any personal data, and the functions that they were for."""

import json
from typing import Any

import app
from infra.own_tables import mapping as own_tables

_CHANGED = {"INSERT": "new", "MODIFY": "changed", "REMOVE": "removed"}


def described(body: str) -> tuple[str, str]:
    """A description of a message, and the kind of error that brought it here, or an empty string if it is unknown."""
    match _json(body):
        case {"record": {"dynamodb": {"Keys": {"sk": {"S": str(sk)}}}, **record}, "error": str(error)}:
            changed = _CHANGED.get(str(record.get("eventName")), "changed")
            return f"{changed} {_thing(sk)}, for {function_of(str(record.get('eventSourceARN')))}", error
        case {"record": {"eventSourceARN": str(arn), "eventName": name}, "error": str(error)} if own_table(arn):
            return f"{_CHANGED.get(str(name), 'changed')} item of {own_table(arn)}, for adopt", error
        case {"DDBStreamBatchInfo": {"streamArn": str(arn), **info}, **rest}:
            context = rest.get("requestContext")
            why = str(context.get("condition", "")) if isinstance(context, dict) else ""
            return f"place of {info.get('batchSize', 'some')} records in a stream, for {function_of(arn)}", why
        case {"keys": list()}:
            return "batch of due enrollments, for dispatch", ""
        case {"launch": str()}:
            return "announced launch, for audience", ""
        case {"eventType": str(kind)}:
            return f"event of SES ({kind.lower()}), for feedback", ""
        case None:
            return "not JSON", ""
        case _:
            return "unknown message", ""


def function_of(arn: str) -> str:
    """The function that reads a table's stream, or the words "no function of this stack"."""
    if own_table(arn):
        return "adopt"
    settings, table = app.parts.settings, "".join(arn.split("/")[1:2])
    readers = {settings.commerce_table: "enroll", settings.engagement_table: "rollup"}
    return readers.get(table, "no function of this stack")


def own_table(arn: str) -> str | None:
    """The name in ``infra/sources.yaml`` of a stream's table; ``None`` if it is not one of the shop's own tables."""
    return next((table.name for table in own_tables.read() if table.arn == arn.partition("/stream/")[0]), None)


def _thing(sk: str) -> str:
    kind, _, rest = sk.partition("#")
    journey = rest.partition("#")[0]
    return f"enrollment in {journey}" if kind == "ENROLLMENT" and journey else kind.lower()


def _json(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
