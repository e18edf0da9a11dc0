"""API Gateway's event: what is sent twice is in it twice, and the path stays as it was sent."""

from base64 import b64decode
from typing import Any

import app
from infra.machine.gateway import Gateway, Pairs
from tests.builders import START


def event_of(path: str, body: bytes = b"", headers: Pairs = (), query: Pairs = ()) -> dict[str, Any]:
    """What the function gets for a POST."""
    events: list[dict[str, Any]] = []

    def invoke(name: str, event: dict[str, Any]) -> dict[str, Any]:
        assert name == "app"
        events.append(event)
        return {"statusCode": 200, "headers": {}, "body": ""}

    assert Gateway(app.app, invoke, lambda: START).request("POST", path, body, headers, query).status == 200
    return events[0]


def test_a_header_that_is_sent_twice_has_its_last_value_and_both() -> None:
    event = event_of("/webhooks/shopify", headers=[("X-Topic", "a"), ("Host", "shop.example"), ("x-topic", "b")])

    assert event["headers"] == {"x-topic": "b", "host": "shop.example"}
    assert event["multiValueHeaders"] == {"x-topic": ["a", "b"], "host": ["shop.example"]}


def test_a_parameter_that_is_sent_twice_has_its_last_value_and_both() -> None:
    event = event_of("/webhooks/shopify", query=[("x", "1"), ("y", ""), ("x", "2&3")])

    assert event["queryStringParameters"] == {"x": "2&3", "y": ""}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2&3"], "y": [""]}


def test_a_path_and_a_body_are_passed_on_as_they_were_sent() -> None:
    body = bytes(range(256))

    event = event_of("/v1/unsubscribe/a%20b%2Fc", body)

    assert (event["path"], event["resource"]) == ("/v1/unsubscribe/a%20b%2Fc", "/v1/unsubscribe/{token}")
    assert event["pathParameters"] == {"token": "a%20b%2Fc"}
    assert (event["isBase64Encoded"], b64decode(event["body"])) == (True, body)


def test_an_event_says_when_the_request_was_received() -> None:
    assert event_of("/webhooks/shopify")["requestContext"]["requestTimeEpoch"] == START.timestamp() * 1000
