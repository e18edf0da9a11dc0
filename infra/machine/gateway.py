"""API Gateway in front of the api Lambda."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from chalice.app import Chalice
from chalice.local import LambdaEventConverter, RouteMatcher

Pairs = Mapping[str, str] | Sequence[tuple[str, str]]
"""Names and values; a sequence may have a name more than once."""
EPOCH = datetime.fromtimestamp(0, UTC)


class GatewayResponse(NamedTuple):
    """``headers`` have lower-case names; ``body`` is text when it is UTF-8 and was not sent as binary."""

    status: int
    headers: dict[str, str]
    body: Any

    def json(self) -> Any:
        """The body read as JSON."""
        return json.loads(self.body)


class Gateway:
    """Makes the proxy event (payload version 1) of a request and the response of the function's answer."""

    def __init__(self, app: Chalice, invoke: Callable[[str, dict[str, Any]], Any], now: Callable[[], datetime]) -> None:
        self._app, self._invoke, self._now = app, invoke, now

    def request(
        self,
        method: str,
        path: str,
        body: bytes | str | Mapping[str, Any] | None = None,
        headers: Pairs | None = None,
        query: Pairs | None = None,
    ) -> GatewayResponse:
        """The client's response. A path or method without a route is answered 403, and no function is called.

        If a header is sent twice, the event's ``headers`` have its last value, its ``multiValueHeaders`` all values.
        """
        sent = {"host": ["api.example.com"]} | _by_name(_pairs(headers))
        if isinstance(body, Mapping):
            sent.setdefault("content-type", ["application/json"])
            body = json.dumps(body)
        url = path + (f"?{urlencode(query)}" if query else "")
        converter = LambdaEventConverter(RouteMatcher(list(self._app.routes)))
        try:
            event = converter.create_lambda_event(
                method, url, {name: values[-1] for name, values in sent.items()}, None
            )
        except ValueError:
            return _no_route()
        if method not in self._app.routes[event["requestContext"]["resourcePath"]]:
            return _no_route()
        event["requestContext"]["requestTimeEpoch"] = (self._now() - EPOCH) // timedelta(milliseconds=1)
        answer = self._invoke("app", event | {"multiValueHeaders": sent} | _parts(event, body, path))
        named = {name.lower(): str(value) for name, value in answer.get("headers", {}).items()}
        named |= {name.lower(): ", ".join(all_) for name, all_ in answer.get("multiValueHeaders", {}).items()}
        content = b64decode(answer["body"]) if answer.get("isBase64Encoded") else answer.get("body", "")
        return GatewayResponse(answer["statusCode"], named, content)


def _pairs(pairs: Pairs | None) -> Iterable[tuple[str, str]]:
    return pairs.items() if isinstance(pairs, Mapping) else pairs or ()


def _by_name(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name.lower(), []).append(value)
    return found


def _no_route() -> GatewayResponse:
    return GatewayResponse(403, {"content-type": "application/json"}, '{"message":"Missing Authentication Token"}')


def _parts(event: dict[str, Any], body: bytes | str | None, path: str) -> dict[str, Any]:
    """The fields that API Gateway sends and Chalice's converter leaves out; a body that is not UTF-8 is in base64."""
    query = event["multiValueQueryStringParameters"]
    parts = {
        "httpMethod": event["requestContext"]["httpMethod"],
        "path": path,
        "resource": event["requestContext"]["resourcePath"],
        "queryStringParameters": {name: values[-1] for name, values in query.items()} if query else None,
        "body": body,
        "isBase64Encoded": False,
    }
    if isinstance(body, bytes):
        parts |= {"body": b64encode(body).decode("ascii"), "isBase64Encoded": True}
    return parts
