"""Deliveries as the sources send them: their documented payloads, changed where a test says so, and signed."""

import hmac
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import boto3
from standardwebhooks.webhooks import Webhook

import app
from chalicelib.domain.facts.facts import Facts
from infra.machine.gateway import GatewayResponse
from infra.machine.machine import Machine
from tests.builders import START, utc

PAYLOADS = Path(__file__).parent / "payloads"
SECRETS = {
    "shopify": "example-shopify-secret",
    "woocommerce": "example-woocommerce-secret",
    "segment": "example-segment-secret",
    "events": "whsec_" + b64encode(b"an example secret of 32 letters.").decode(),
}
SIGNATURES = {
    "shopify": "x-shopify-hmac-sha256",
    "woocommerce": "x-wc-webhook-signature",
    "segment": "x-signature",
    "events": "webhook-signature",
}
"""The header that signs, by source."""
CART = {"type": "cart", "customer_id": "c1", "id": "k1", "at": START.isoformat(), "total": 1250, "currency": "USD"}
_numbers = count(1)


def payload(source: str, name: str, **changes: Any) -> dict[str, Any]:
    """A documented payload, some of its fields changed."""
    found: dict[str, Any] = json.loads((PAYLOADS / source / f"{name}.json").read_text("utf-8"))
    return found | changes


@dataclass(frozen=True)
class Sent:
    """A delivery: its headers and its body."""

    source: str
    headers: Mapping[str, str]
    body: bytes

    def again(self, **headers: str) -> "Sent":
        """The same, with other headers (``X-Shopify-Topic`` is ``x_shopify_topic``)."""
        changed = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **changed})


def body_of(content: Any) -> bytes:
    return content if isinstance(content, bytes) else json.dumps(content).encode()


def base64_of(secret: str, body: bytes) -> str:
    return b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()


def shopify(topic: str, content: Any, *, event: str | None = None, secret: str = SECRETS["shopify"]) -> Sent:
    """As Shopify sends it; each delivery is an event of its own unless ``event`` says which."""
    body = body_of(content)
    number = next(_numbers)
    headers = {
        "content-type": "application/json",
        "x-shopify-topic": topic,
        "x-shopify-hmac-sha256": base64_of(secret, body),
        "x-shopify-shop-domain": "example.myshopify.com",
        "x-shopify-api-version": "2026-01",
        "x-shopify-webhook-id": f"webhook-{number}",
        "x-shopify-event-id": event or f"event-{number}",
        "x-shopify-triggered-at": "2026-03-02T08:40:00.877041743Z",
    }
    return Sent("shopify", headers, body)


def woocommerce(topic: str, content: Any, *, delivery: str | None = None) -> Sent:
    """As WooCommerce sends it."""
    body = body_of(content)
    resource, _, event = topic.partition(".")
    headers = {
        "content-type": "application/json",
        "user-agent": "WooCommerce/9.4.2 Hookshot (WordPress/6.7)",
        "x-wc-webhook-source": "https://shop.example/",
        "x-wc-webhook-topic": topic,
        "x-wc-webhook-resource": resource,
        "x-wc-webhook-event": event,
        "x-wc-webhook-signature": base64_of(SECRETS["woocommerce"], body),
        "x-wc-webhook-id": "5",
        "x-wc-webhook-delivery-id": delivery or f"{next(_numbers):032x}",
    }
    return Sent("woocommerce", headers, body)


def segment(content: Any) -> Sent:
    """As Segment sends it, one message or a batch."""
    body = body_of(content)
    signature = hmac.digest(SECRETS["segment"].encode(), body, "sha1").hex()
    return Sent("segment", {"content-type": "application/json", "x-signature": signature}, body)


def events(
    content: Any, *, at: datetime = START, message: str | None = None, secret: str = SECRETS["events"], **headers: str
) -> Sent:
    """As anybody sends it who keeps to Standard Webhooks, at ``at``."""
    body = body_of(content)
    message = message or f"msg_{next(_numbers)}"
    signed = {
        "content-type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message, at, body.decode("utf-8", "replace")),
    }
    return Sent("events", {**signed, **headers}, body)


@dataclass
class Hooks:
    """A shop's machine, and what is known on it."""

    machine: Machine
    answers: list[GatewayResponse] = field(default_factory=list)

    def take(self, sent: Sent) -> GatewayResponse:
        """The answer to a delivery; what follows from it happens."""
        answer = self.machine.request("POST", f"/webhooks/{sent.source}", sent.body, sent.headers)
        self.machine.pump()
        assert self.machine.failures == []
        self.answers.append(answer)
        return answer

    def until(self, text: str) -> None:
        """Let time pass until this moment: after that of a delivery whose payload is from days later."""
        self.machine.advance_to(utc(text))

    def known(self, name: str) -> Facts:
        """All that is known of whoever bears this name."""
        key = app.parts.names.find(name)
        assert key is not None, f"nobody is known as {name}"
        facts: Facts = app.parts.facts.of(key)
        return facts


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


def items() -> list[Any]:
    """All items of the table of facts but what counts rejections."""
    found = boto3.client("dynamodb").scan(TableName=app.parts.settings.commerce_table)["Items"]
    return [item for item in found if not item["pk"]["S"].startswith("REJECTED#")]


def refused(hooks: Hooks, sent: Sent, status: int) -> Any:
    """The answer to what is refused, without a trace of it in the table."""
    before = items()
    answer = hooks.take(sent)
    assert answer.status == status, answer
    assert items() == before
    return answer.json()
