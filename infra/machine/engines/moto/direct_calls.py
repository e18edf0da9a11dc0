"""Calls from botocore directly to moto's functions: the same answers, without simulated HTTP.

botocore still checks and serialises the parameters, and still raises its own errors; but no request is signed, sent
through URL patterns, parsed and serialised again. Any answer that is not a plain success or a failed condition is asked
again through all of moto, which changes nothing since such a call has had no effect.

moto is not thread-safe: calls are answered one at a time, with or without HTTP.
"""

import json
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

from botocore import handlers as botocore_handlers
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.responses import BaseResponse
from moto.core.utils import camelcase_to_underscores
from moto.dynamodb.exceptions import ConditionalCheckFailed
from moto.dynamodb.responses import DynamoHandler
from moto.sesv2.responses import SESV2Response
from moto.sqs.responses import SQSResponse
from moto.ssm.responses import SimpleSystemManagerResponse

from infra.machine.engines.moto.swaps import Patch, Swap, instead
from infra.machine.stack import ACCOUNT_ID
from infra.scoped.changes import replaced

ITEMS = ("PutItem", "GetItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem", "BatchWriteItem")
DIRECT: dict[str, tuple[Callable[[], BaseResponse], tuple[str, ...]]] = {
    "dynamodb": (DynamoHandler, ITEMS),
    "sqs": (SQSResponse, ("SendMessage", "SendMessageBatch", "GetQueueAttributes")),
    "sesv2": (SESV2Response, ("SendEmail",)),
    "ssm": (SimpleSystemManagerResponse, ("PutParameter",)),
}
"""By service: what answers, and the operations that are called directly."""
BINARY = ('"B":', '"BS":', '"B" :', '"BS" :', '"BinaryValue"')

Answer = tuple[AWSResponse, dict[str, Any]]
Process = Callable[[BotocoreStubber, Any], Any]


class _Now:
    """The current state. A client that outlives the local machine must not be answered by it."""

    services: frozenset[str] = frozenset()
    """The services that are called directly."""
    by_http: Callable[[str, str], bool] = staticmethod(lambda service, operation: False)
    """Whether a call goes through HTTP all the same."""
    lock = RLock()


@contextmanager
def by_http(calls: Callable[[str, str], bool]) -> Iterator[None]:
    """Inside, calls of a service's operation go through HTTP if ``calls`` says so, for code that hooks into it."""
    with replaced(_Now, "by_http", staticmethod(calls)):
        yield


def _call(model: Any, params: dict[str, Any], context: dict[str, Any], **_: Any) -> Answer | None:
    """Handles botocore's ``before-call``: its return value is the service's answer."""
    service = model.service_model.service_name
    if service not in _Now.services or model.name not in DIRECT[service][1] or _Now.by_http(service, model.name):
        return None
    body = params["body"].decode()
    if any(mark in body for mark in BINARY):
        return None
    handler: Any = DIRECT[service][0]()
    handler.region, handler.current_account = context["client_region"], ACCOUNT_ID
    handler.params, handler.uri_match, handler.querystring = json.loads(body), {}, {}
    handler.body = handler.params if isinstance(handler, DynamoHandler) else body
    try:
        with _Now.lock:
            result = getattr(handler, camelcase_to_underscores(model.name))()
    except ConditionalCheckFailed as error:
        return _answer(400, _failed_condition(error))
    except Exception:
        return None
    found = json.loads(result) if isinstance(result, str) else result.result or {}
    known = model.output_shape.members
    return _answer(200, {name: value for name, value in found.items() if name in known and value is not None})


def _failed_condition(error: ConditionalCheckFailed) -> dict[str, Any]:
    described = json.loads(error.description)
    message = described.get("message", described.get("Message"))
    parsed = {"Error": {"Message": message, "Code": "ConditionalCheckFailedException"}, "message": message}
    return parsed | ({"Item": described["Item"]} if "Item" in described else {})


def _answer(status: int, parsed: dict[str, Any]) -> Answer:
    metadata = {"RequestId": "local", "HTTPStatusCode": status, "HTTPHeaders": {}, "RetryAttempts": 0}
    return AWSResponse("https://aws.local", status, HTTPHeaders(), None), parsed | {"ResponseMetadata": metadata}


def _locked(process: Process) -> Process:
    def process_request(self: BotocoreStubber, request: Any) -> Any:
        with _Now.lock:
            return process(self, request)

    return process_request


ONE_AT_A_TIME = Patch(
    name="one-at-a-time",
    purpose="Calls from several threads are answered one after another: moto is not thread-safe.",
    swaps=(Swap(BotocoreStubber, "process_request", _locked),),
)


def direct_calls(but: Collection[str] = ()) -> Patch:
    """Clients made inside call moto directly while inside; hooks into HTTP (``before-send``) are not called.

    ``but``: the services that are still called through HTTP.
    """
    after_all_others = ("before-call", _call, botocore_handlers.REGISTER_LAST)
    return Patch(
        name="direct-calls",
        purpose="botocore's calls go directly to moto's functions, without simulated HTTP.",
        swaps=(
            Swap(botocore_handlers, "BUILTIN_HANDLERS", lambda handlers: [*handlers, after_all_others]),
            Swap(_Now, "services", instead(frozenset(DIRECT) - frozenset(but))),
        ),
    )
