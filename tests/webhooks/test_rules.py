"""The rules that hold for every source: who is let in, what is answered, and that nothing is half-written."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

import app
from chalicelib.api import routes
from chalicelib.api.openapi import document
from chalicelib.api.webhook_answers import LARGEST_BODY
from chalicelib.sources.registry import sources
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from tests.builders import START
from tests.naming import FOUR
from tests.webhooks.conftest import Log
from tests.webhooks.given import (
    SECRETS,
    SIGNATURES,
    Hooks,
    Sent,
    example,
    items,
    payload,
    refused,
    segment,
    shopify,
    woocommerce,
)

pytestmark = pytest.mark.journeys(*FOUR)


def test_every_source_has_an_example_here() -> None:
    assert set(SIGNATURES) == set(SECRETS) == set(sources())


def test_the_description_of_the_api_names_every_header_that_signs() -> None:
    schemes = document(routes.TOPICS)["components"]["securitySchemes"].values()

    headers = {scheme["name"].lower() for scheme in schemes if scheme["type"] == "apiKey"}

    assert headers == {*SIGNATURES.values(), "x-segment-signature"}


@pytest.mark.parametrize("source", sources())
def test_what_is_signed_is_stored(hooks: Hooks, source: str) -> None:
    answer = hooks.take(example(source))

    assert (answer.status, answer.json()["stored"] > 0) == (200, True)
    assert items()


@pytest.mark.parametrize("source", ["magento", "Shopify", "source", "..", "__init__"])
def test_a_source_that_nobody_knows_is_a_404_whatever_it_sends(hooks: Hooks, source: str) -> None:
    refused(hooks, Sent(source, {}, b"x" * (LARGEST_BODY + 1)), 404)


@pytest.mark.parametrize("source", sources())
def test_a_body_that_is_too_large_is_a_413_before_anything_else(hooks: Hooks, source: str) -> None:
    refused(hooks, Sent(source, {}, b"x" * (LARGEST_BODY + 1)), 413)
    refused(hooks, Sent(source, {}, b"x" * LARGEST_BODY), 401)


@pytest.mark.parametrize("source", sources())
@pytest.mark.parametrize("signature", ["", "x", "v1,x", "=", "ключ", "\x00", "A" * 5000])
def test_without_a_good_signature_it_is_a_401(hooks: Hooks, source: str, signature: str) -> None:
    refused(hooks, example(source).again(**{SIGNATURES[source]: signature}), 401)


@pytest.mark.parametrize("source", sources())
def test_without_the_header_it_is_a_401(hooks: Hooks, source: str) -> None:
    sent = example(source)
    headers = {name: value for name, value in sent.headers.items() if name != SIGNATURES[source]}

    refused(hooks, Sent(source, headers, sent.body), 401)


@pytest.mark.parametrize("source", sources())
def test_a_body_changed_by_one_byte_is_a_401(hooks: Hooks, source: str) -> None:
    sent = example(source)

    refused(hooks, Sent(source, sent.headers, sent.body + b" "), 401)


@pytest.mark.parametrize("source", sources())
def test_what_is_signed_is_checked_before_it_is_parsed(hooks: Hooks, source: str) -> None:
    sent = Sent(source, example(source).headers, b"no json at all")

    refused(hooks, sent, 401)


def test_a_signature_by_another_source_s_secret_is_a_401(hooks: Hooks) -> None:
    sent = shopify("orders/create", payload("shopify", "orders_create"), secret=SECRETS["woocommerce"])

    refused(hooks, sent, 401)


@pytest.mark.parametrize("source", sources())
def test_a_source_that_is_not_set_up_is_a_401_and_the_operator_sees_it_in_the_log(source: str, log: Log) -> None:
    others = {name: secret for name, secret in SECRETS.items() if name != source}
    with Machine(VirtualClock(START), secrets=others) as machine:
        for _ in range(3):
            refused(Hooks(machine), example(source), 401)

    lines = [line for line in log() if "there is no secret" in line["message"]]
    assert [line["source"] for line in lines] == [f"webhooks/{source}"], (
        "logged once a minute, however many requests arrive"
    )


@pytest.mark.parametrize("source", sources())
def test_a_delivery_seen_before_is_a_200_and_writes_nothing(hooks: Hooks, source: str) -> None:
    sent = example(source)
    hooks.take(sent)
    before = items()

    answer = hooks.take(sent)

    assert (answer.status, answer.json()["stored"]) == (200, 0)
    assert items() == before


@pytest.mark.parametrize(
    ("sent", "logged"),
    [
        (shopify("products/update", {"id": 1}), "products/update"),
        (shopify("products/update", b"no json"), "products/update"),
        (shopify("", {}), None),
        (shopify("ann@example.com bought", {}), None),
        (woocommerce("product.updated", {"id": 1}), "product.updated"),
        (woocommerce("action.woocommerce_add_to_cart", {"arg": "x"}), "action.woocommerce_add_to_cart"),
        (segment({"type": "track", "event": "Ann Bought Tea", "userId": "1"}), None),
        (segment({"type": "unheard"}), None),
        (segment({"batch": [{"type": "track", "event": "A"}, {"type": "track", "event": "B"}]}), None),
    ],
)
def test_an_unknown_topic_is_a_202_and_counted(
    sent: Sent, logged: str | None, log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    with Machine(VirtualClock(START), secrets=SECRETS, settings={"METRICS": "on"}) as machine:
        refused(Hooks(machine), sent, 202)

    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "UnknownWebhooks" in line]
    assert [metric["UnknownWebhooks"] for metric in metrics] == [[2.0 if b"batch" in sent.body else 1.0]]
    assert [line["topic"] for line in log() if "topic" in line] == ([logged] if logged else [])


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException", "InternalServerError"])
def test_as_long_as_the_secrets_cannot_be_read_it_is_a_503(
    hooks: Hooks, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: Any) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "GetParameter")

    monkeypatch.setattr(app.parts.aws.ssm, "get_parameter", fail)
    refused(hooks, example("shopify"), 503)

    monkeypatch.undo()
    assert hooks.take(example("shopify")).status == 200


@pytest.mark.parametrize("source", sources())
def test_as_long_as_the_table_does_not_answer_it_is_a_503(
    hooks: Hooks, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.example")

    monkeypatch.setattr(app.parts.aws.dynamodb, "put_item", fail)
    refused(hooks, example(source), 503)

    monkeypatch.undo()
    assert hooks.take(example(source)).json()["stored"] > 0
