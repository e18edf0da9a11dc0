"""A short wire between botocore and moto: the same call, without HTTP being played.

botocore still checks and serialises the parameters, and still raises its own errors; but no request is signed, sent
through URL patterns, parsed and serialised again. Any answer that is not a plain success or a failed condition goes
the long way, through all of moto, which changes nothing since such a call has had no effect.

moto is not made for threads: whichever way, calls go one at a time.
"""

import json
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

from botocore import handlers as botocore_handlers
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.useragent import UserAgentString
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.responses import BaseResponse
from moto.core.utils import camelcase_to_underscores
from moto.dynamodb.exceptions import ConditionalCheckFailed
from moto.dynamodb.responses import DynamoHandler
from moto.sesv2.responses import SESV2Response
from moto.sqs.responses import SQSResponse

from infra.machine.stack import ACCOUNT_ID
from infra.scoped.changes import replaced

ITEMS = ("PutItem", "GetItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem", "BatchWriteItem")
SHORT: dict[str, tuple[Callable[[], BaseResponse], tuple[str, ...]]] = {
    "dynamodb": (DynamoHandler, ITEMS),
    "sqs": (SQSResponse, ("SendMessage", "SendMessageBatch", "GetQueueAttributes")),
    "sesv2": (SESV2Response, ("SendEmail",)),
}
BINARY = ('"B":', '"BS":', '"B" :', '"BS" :', '"BinaryValue"')

Answer = tuple[AWSResponse, dict[str, Any]]
_process_request = BotocoreStubber.process_request


class _Switch:
    """For whom is the wire short? A client that outlives the local machine must not keep talking to it."""

    services: frozenset[str] = frozenset()
    """Those that are called the short way."""
    lock = RLock()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Inside, moto answers one call at a time, from whichever threads they come."""

    def process_request(self: BotocoreStubber, request: Any) -> Any:
        with _Switch.lock:
            return _process_request(self, request)

    with replaced(BotocoreStubber, "process_request", process_request):
        yield


@contextmanager
def short_wire(but: Collection[str] = ()) -> Iterator[None]:
    """Clients made inside use the short wire while inside; what hooks into HTTP (``before-send``) is not called.

    ``but``: the services that are still called the long way.
    """
    after_all_others = ("before-call", _call, botocore_handlers.REGISTER_LAST)
    handlers = [*botocore_handlers.BUILTIN_HANDLERS, after_all_others]
    with (
        replaced(botocore_handlers, "BUILTIN_HANDLERS", handlers),
        replaced(UserAgentString, "to_string", lambda self: "rekindle"),
        replaced(_Switch, "services", frozenset(SHORT) - frozenset(but)),
    ):
        yield


def _call(model: Any, params: dict[str, Any], context: dict[str, Any], **_: Any) -> Answer | None:
    """botocore's ``before-call``: an answer here is taken for the service's."""
    service = model.service_model.service_name
    if service not in _Switch.services or model.name not in SHORT[service][1]:
        return None
    body = params["body"].decode()
    if any(mark in body for mark in BINARY):
        return None
    handler: Any = SHORT[service][0]()
    handler.region, handler.current_account = context["client_region"], ACCOUNT_ID
    handler.params, handler.uri_match = json.loads(body), {}
    handler.body = body if isinstance(handler, SESV2Response) else handler.params
    try:
        with _Switch.lock:
            result = getattr(handler, camelcase_to_underscores(model.name))()
    except ConditionalCheckFailed as error:
        return _answer(400, _failed_condition(error))
    except Exception:
        return None
    found = json.loads(result) if isinstance(result, str) else result.result or {}
    known = model.output_shape.members
    return _answer(200, {name: value for name, value in found.items() if name in known and value is not None})


def _failed_condition(error: ConditionalCheckFailed) -> dict[str, Any]:
    told = json.loads(error.description)
    message = told.get("message", told.get("Message"))
    parsed = {"Error": {"Message": message, "Code": "ConditionalCheckFailedException"}, "message": message}
    return parsed | ({"Item": told["Item"]} if "Item" in told else {})


def _answer(status: int, parsed: dict[str, Any]) -> Answer:
    metadata = {"RequestId": "local", "HTTPStatusCode": status, "HTTPHeaders": {}, "RetryAttempts": 0}
    return AWSResponse("https://aws.local", status, HTTPHeaders(), None), parsed | {"ResponseMetadata": metadata}
