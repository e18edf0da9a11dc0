"""A short wire between botocore and moto for DynamoDB: the same call, without HTTP being played.

botocore still checks and serialises the parameters, and still raises its own errors; but no request is signed, sent
through URL patterns, parsed and serialised again. Any answer that is not a plain success or a failed condition goes
the long way, through all of moto, which changes nothing since such a call has had no effect.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botocore import handlers as botocore_handlers
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from moto.core.utils import camelcase_to_underscores
from moto.dynamodb.exceptions import ConditionalCheckFailed
from moto.dynamodb.responses import DynamoHandler

from infra.local.stack import ACCOUNT_ID

SHORT = frozenset({"PutItem", "GetItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem", "BatchWriteItem"})
BINARY = (b'"B":', b'"BS":', b'"B" :', b'"BS" :')

Answer = tuple[AWSResponse, dict[str, Any]]


class _Switch:
    """Is the wire short? A client that outlives the local machine must not keep talking to it."""

    on = False


@contextmanager
def short_wire() -> Iterator[None]:
    """Clients made inside use the short wire while inside."""
    handlers = [*botocore_handlers.BUILTIN_HANDLERS, ("before-call.dynamodb", _call)]
    with patch.object(botocore_handlers, "BUILTIN_HANDLERS", handlers), patch.object(_Switch, "on", True):
        yield


def _call(model: Any, params: dict[str, Any], context: dict[str, Any], **_: Any) -> Answer | None:
    """botocore's ``before-call``: an answer here is taken for the service's."""
    body = params["body"]
    if not _Switch.on or model.name not in SHORT or any(mark in body for mark in BINARY):
        return None
    handler = DynamoHandler()
    handler.body = handler.params = json.loads(body)
    handler.region, handler.current_account = context["client_region"], ACCOUNT_ID
    try:
        result: Any = getattr(handler, camelcase_to_underscores(model.name))().result
    except ConditionalCheckFailed as error:
        return _answer(400, _failed_condition(error))
    except Exception:
        return None
    known = model.output_shape.members
    return _answer(200, {name: value for name, value in result.items() if name in known and value is not None})


def _failed_condition(error: ConditionalCheckFailed) -> dict[str, Any]:
    told = json.loads(error.description)
    message = told.get("message", told.get("Message"))
    parsed = {"Error": {"Message": message, "Code": "ConditionalCheckFailedException"}, "message": message}
    return parsed | ({"Item": told["Item"]} if "Item" in told else {})


def _answer(status: int, parsed: dict[str, Any]) -> Answer:
    metadata = {"RequestId": "local", "HTTPStatusCode": status, "HTTPHeaders": {}, "RetryAttempts": 0}
    return AWSResponse("https://dynamodb.local", status, HTTPHeaders(), None), parsed | {"ResponseMetadata": metadata}
