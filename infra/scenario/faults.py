"""Faults of calls to AWS, made below botocore: its repeats are made, and counted, as they would be."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any, TypeVar

import botocore.endpoint
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.endpoint import Endpoint
from botocore.exceptions import ReadTimeoutError

import chalicelib.adapters.dynamodb.table
from infra.interleaving.schedule import CARRIED_OUT, CRASHES, Mishap
from infra.machine.calls import current_function
from infra.machine.engines.moto.direct_calls import by_http
from infra.machine.engines.moto.quick_start import forget_clients
from infra.machine.lambda_context import Crash
from infra.scenario.calls import BATCHES, is_meant, names, without
from infra.scenario.story import Fault
from infra.scoped.changes import replaced

Result = tuple[tuple[Any, dict[str, Any]] | None, Exception | None]
"""What botocore gets of one request: the response with its parsed form, or an error."""
T = TypeVar("T")
STATUS = {
    "InternalServerError": 500, "InternalFailure": 500, "InternalServiceErrorException": 500, "ServiceUnavailable": 503,
    "NotFoundException": 404, "TooManyRequestsException": 429, "AccessDenied": 403,
}  # fmt: skip
"""The HTTP status of a refusal, where it is not 400."""
API = "app"
"""The function that answers requests; a scenario names it as its URL does."""


@dataclass
class ActiveFault:
    """A fault of a story: until when it happens, how many calls it counted, and how often it happened.

    ``keys``: those of its customer, also from before they were merged; empty if it is about everybody.
    """

    fault: Fault
    line: int
    until: datetime | None
    keys: frozenset[str]
    seen: int = 0
    happened: int = 0

    def applies(self, service: str, operation: str, body: str, now: datetime) -> bool:
        """Whether it happens to this call, which is counted."""
        fault = self.fault
        if not is_meant(fault.call, service, operation) or (self.keys and not names(body, self.keys)):
            return False
        if fault.function is not None and fault.function != current_function().replace(API, "api"):
            return False
        if self.until is not None and now >= self.until:
            return False
        self.seen += 1
        return self.seen >= fault.nth if self.until else self.seen == fault.nth


class Faults:
    """All faults of a story; ``now`` is the virtual clock.

    ``met`` is told each mishap of a request, with the error that AWS answered, if it did.
    """

    def __init__(self, now: Callable[[], datetime], met: Callable[[Mishap, str | None], None]) -> None:
        self.all: list[ActiveFault] = []
        self._now, self._met = now, met

    @contextmanager
    def made(self) -> Iterator[None]:
        """Inside, the handlers' calls fail as the faults say, and nothing sleeps before it tries again."""
        ask: Callable[..., Result] = vars(Endpoint)["_do_get_response"]

        def _do_get_response(endpoint: Endpoint, request: Any, model: Any, context: Any) -> Result:
            def carried_out() -> Result:
                return ask(endpoint, request, model, context)

            if not current_function():
                return carried_out()
            return self._result(request, model, carried_out)

        def no_sleep(seconds: float) -> None:
            """Virtual time stands still while a function runs."""

        def may_fail(service: str, operation: str) -> bool:
            return any(is_meant(each.fault.call, service, operation) for each in self.all)

        with ExitStack() as undo:
            undo.enter_context(by_http(may_fail))
            undo.enter_context(replaced(Endpoint, "_do_get_response", _do_get_response))
            undo.enter_context(replaced(botocore.endpoint, "time", SimpleNamespace(sleep=no_sleep)))
            undo.enter_context(replaced(chalicelib.adapters.dynamodb.table, "sleep", no_sleep))
            yield
        if any(each.happened for each in self.all):
            forget_clients()

    def _result(self, request: Any, model: Any, carried_out: Callable[[], Result]) -> Result:
        service, operation = model.service_model.service_name, model.name
        body = _text(request.body)
        happening = [each for each in self.all if each.applies(service, operation, body, self._now())]
        if not happening:
            return carried_out()
        active = happening[0]
        active.happened += 1
        mishap = active.fault.do
        if mishap is None:
            if active.keys and operation in BATCHES:
                return _without_theirs(request, operation, active.keys, carried_out)
            return _refusal(active.fault), None
        self._met(mishap, _error(carried_out()) if mishap in CARRIED_OUT else mishap)
        if mishap in CRASHES:
            raise Crash(f"{service}.{operation}")
        return None, ReadTimeoutError(endpoint_url=request.url)


def _text(body: Any) -> str:
    return body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body or "")


def _error(result: Result) -> str | None:
    """The error that a request was answered with, if any."""
    found, error = result
    if found is None:
        return type(error).__name__
    response, parsed = found
    return str(parsed["Error"]["Code"]) if response.status_code >= HTTPStatus.MULTIPLE_CHOICES else None


def _refusal(fault: Fault) -> tuple[Any, dict[str, Any]]:
    code = str(fault.refuse)
    status = fault.status or STATUS.get(code, 400)
    error = {"Code": code, "Message": fault.message or "refused by the scenario"}
    return _response(status, {"Error": error})


def _without_theirs(request: Any, operation: str, keys: frozenset[str], carried_out: Callable[[], Result]) -> Result:
    """A batch without the items of one customer, which are answered as not handled."""
    wanted = json.loads(request.body)
    others, theirs = without(wanted, keys)
    if not others:
        answer: dict[str, Any] = {"Responses": {}} if operation == "BatchGetItem" else {}
        return _response(200, {**answer, BATCHES[operation]: theirs}), None
    request.body = json.dumps({**wanted, "RequestItems": others}).encode()
    found, error = carried_out()
    if found is None:
        return found, error
    response, parsed = found
    left = {**parsed.get(BATCHES[operation], {}), **theirs}
    return (response, {**parsed, BATCHES[operation]: left}), None


def _response(status: int, parsed: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    metadata = {"RequestId": "scenario", "HTTPStatusCode": status, "HTTPHeaders": {}}
    return AWSResponse("https://aws.local", status, HTTPHeaders(), _Raw()), parsed | {"ResponseMetadata": metadata}


class _Raw:
    """The body of a response without one, as botocore reads it."""

    def stream(self) -> Iterator[bytes]:
        yield b""
