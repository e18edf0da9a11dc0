"""The rules that hold for every source: who is let in, what is answered, and that nothing is half-written."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

import app
from chalicelib.api import routes
from chalicelib.api.openapi import document
from chalicelib.api.webhooks import LARGEST_BODY
from chalicelib.sources.registry import sources
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from tests.builders import START
from tests.naming import FOUR
from tests.webhooks.conftest import Log
from tests.webhooks.given import SECRETS, Hooks, Sent, events, payload, segment, shopify, woocommerce

pytestmark = pytest.mark.journeys(*FOUR)
CART = {"type": "cart", "customer_id": "c1", "id": "k1", "at": START.isoformat(), "total": 1250, "currency": "USD"}


def example(source: str) -> Sent:
    """A good delivery of each source."""
    match source:
        case "shopify":
            return shopify("orders/create", payload("shopify", "orders_create"))
        case "woocommerce":
            return woocommerce("order.created", payload("woocommerce", "order_created"))
        case "segment":
            return segment(payload("segment", "order_completed"))
        case _:
            return events(CART)


SIGNATURES = {
    "shopify": "x-shopify-hmac-sha256",
    "woocommerce": "x-wc-webhook-signature",
    "segment": "x-signature",
    "events": "webhook-signature",
}


def items() -> list[Any]:
    """All items of the table of facts."""
    return boto3.client("dynamodb").scan(TableName=app.parts.settings.commerce_table)["Items"]


def refused(hooks: Hooks, sent: Sent, status: int) -> Any:
    """The answer to what is refused, without a trace of it in the table."""
    before = items()
    answer = hooks.take(sent)
    assert answer.status == status, answer
    assert items() == before
    return answer.json()


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

    lines = [line for line in log() if "has no secret" in line["message"]]
    assert [line["source"] for line in lines] == [source], "logged once a minute, however many requests arrive"


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


def an_order(**changes: Any) -> Sent:
    return shopify("orders/create", payload("shopify", "orders_create", **changes))


def a_refund(**changes: Any) -> Sent:
    return shopify("refunds/create", payload("shopify", "refunds_create", **changes))


def an_order_of_woo(**changes: Any) -> Sent:
    return woocommerce("order.created", payload("woocommerce", "order_created", **changes))


def a_message(name: str, **changes: Any) -> Sent:
    return segment(payload("segment", name, **changes))


BAD = [
    (shopify("orders/create", b""), "$"),
    (shopify("orders/create", b"[]"), "$"),
    (shopify("orders/create", b'{"id": 1'), "$"),
    (shopify("orders/create", {}), "$.id"),
    (an_order(id=None), "$.id"),
    (an_order(id="a#b"), "$.id"),
    (an_order(id=-1), "$.id"),
    (an_order(total_price="5.999"), "$.total_price"),
    (an_order(total_price="-5.99"), "$.total_price"),
    (an_order(total_price="NaN"), "$.total_price"),
    (an_order(total_price=None), "$.total_price"),
    (an_order(currency="KRW"), "$.total_price"),
    (an_order(currency="usd"), "$.currency"),
    (an_order(created_at="2026-03-02 10:00"), "$.created_at"),
    (an_order(cancelled_at="0001-01-01T00:00:00+14:00"), "$.cancelled_at"),
    (shopify("orders/create", {"order": payload("shopify", "orders_create", total_price="x")}), "$.order.total_price"),
    (shopify("orders/create", {"order": 3}), "$.order"),
    (shopify("carts/update", payload("shopify", "carts_update", token="a b")), "$.token"),
    (shopify("checkouts/create", payload("shopify", "checkouts_update", updated_at=None)), "$.updated_at"),
    (a_refund(transactions=[{"kind": "refund", "amount": "1"}]), "$.transactions[0].currency"),
    (shopify("customers/update", {"email": "ann@example.com"}), "$.id"),
    (shopify("customers/redact", {"shop_id": 1}), "$.customer"),
    (an_order_of_woo(total="NaN"), "$.total"),
    (an_order_of_woo(total="-1"), "$.total"),
    (an_order_of_woo(date_created_gmt="soon"), "$.date_created_gmt"),
    (an_order_of_woo(refunds=[{"total": "1e999999999"}]), "$.refunds[0].total"),
    (woocommerce("order.deleted", {}), "$.id"),
    (woocommerce("customer.deleted", []), "$"),
    (segment({}), "$.type"),
    (segment([{"type": "page"}, {"type": 3}]), "$[1].type"),
    (segment({"batch": {}}), "$.batch"),
    (segment({"batch": [{"type": "page"}] * 1001}), "$.batch"),
    (segment({"batch": [{"type": "page"}, payload("segment", "cart_viewed", timestamp=None)]}), "$.batch[1].timestamp"),
    (a_message("identify", traits={"email": 7}), "$.traits.email"),
    (a_message("order_completed", properties={"order_id": "o", "total": 1}), "$.properties.currency"),
    (a_message("order_completed", properties={"order_id": "o", "currency": "USD"}), "$.properties.total"),
    (a_message("order_completed", properties={"total": 1, "currency": "USD"}), "$.properties.order_id"),
    (a_message("order_refunded", properties={"order_id": "o", "total": 1}), "$.properties.currency"),
    (
        a_message("order_completed", properties={"order_id": "o", "total": 12.345, "currency": "USD"}),
        "$.properties.total",
    ),
    (events({"type": "cart"}), "$.customer_id"),
    (events({"facts": [CART, CART | {"total": "12.50"}]}), "$.facts[1].total"),
    (events(b"\xff"), None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "field"), BAD, ids=[f"{n}-{sent.source}-{field}" for n, (sent, field) in enumerate(BAD)]
)
def test_a_body_that_does_not_fit_is_a_400_with_the_field_s_path(hooks: Hooks, sent: Sent, field: str | None) -> None:
    answer = refused(hooks, sent, 400 if field else 401)

    assert answer["error"].get("field") == field


def test_one_bad_message_of_a_batch_keeps_all_out(hooks: Hooks) -> None:
    good = [payload("segment", name) for name in ("identify", "cart_viewed", "order_completed")]

    refused(hooks, segment({"batch": [*good, payload("segment", "order_refunded", properties={})]}), 400)


@pytest.mark.parametrize("value", ["ann@example.com", "+82 10 5550101"])
def test_an_answer_quotes_nothing_of_the_body(hooks: Hooks, value: str) -> None:
    for sent in (
        shopify("orders/create", payload("shopify", "orders_create", currency=value)),
        shopify("orders/create", payload("shopify", "orders_create", total_price=value)),
        segment(payload("segment", "order_completed", properties={"order_id": value + "#", "total": value})),
        events({"type": value}),
        events({"type": "customer", "id": "c1", "at": START.isoformat(), "consents": {value: {}}}),
        events(CART | {value: 1}),
    ):
        assert value not in hooks.take(sent).body


def test_the_log_tells_of_no_one(hooks: Hooks, log: Log) -> None:
    for sent, _ in BAD:
        hooks.take(sent)
    for source in sources():
        hooks.take(example(source))
        hooks.take(example(source).again(**{SIGNATURES[source]: "x"}))
    hooks.take(shopify("customers/data_request", payload("shopify", "customers_data_request")))

    written = json.dumps(log())

    assert "requested their data" in written
    for personal in ("@", "Mina", "Han", "Jun", "Aiko", "603851970716743426", "555-0100"):
        assert personal not in written


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
