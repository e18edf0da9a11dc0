"""WooCommerce's topics: orders and customers.

WooCommerce disables a webhook after five refused deliveries, so an order is never refused for a value that can be left
out or rounded.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from chalicelib.sources.reading.payloads import Shape
from chalicelib.sources.signatures import base64_sha256, hmac_sha256_base64
from chalicelib.sources.webhook import Delivery, Unsigned, UnusedTopic, Webhook, WebhookItem, WebhookRequest, read_by
from chalicelib.sources.woocommerce import SOURCE, customers, orders

(SIGNATURE,) = SOURCE.signature_headers
TOPICS: dict[str, Callable[[WebhookRequest], Sequence[WebhookItem]]] = {
    **dict.fromkeys(("order.created", "order.updated", "order.restored"), orders.order),
    "order.deleted": orders.deleted,
    **dict.fromkeys(("customer.created", "customer.updated"), customers.customer),
    "customer.deleted": customers.deleted,
}
SHAPES: Mapping[Callable[[WebhookRequest], Sequence[WebhookItem]], Shape] = {
    orders.order: Shape(lacks=frozenset(("username",))),
    customers.customer: Shape(
        has=frozenset(("email", "username")),
        lacks=frozenset(("line_items", "total", "order_key")),
    ),
    **dict.fromkeys((orders.deleted, customers.deleted), Shape(only=frozenset(("id",)))),
}
"""The signature is of the body alone. A deleted order and a deleted customer are an id each, and not told apart."""
_PING = re.compile(rb"webhook_id=\d{1,20}")


def is_ping(request: WebhookRequest) -> bool:
    """Whether this is the unsigned form that WooCommerce posts when a webhook is saved; it expects a 200."""
    return not request.header(SOURCE.topic_header) and _PING.fullmatch(request.body) is not None


def read(request: WebhookRequest) -> Delivery:
    """The contents of a request.

    Its id is made of the webhook's id and the second: two deliveries of one second share it, so the signature is added.
    """
    topic, delivery = request.header(SOURCE.topic_header), request.header("x-wc-webhook-delivery-id")
    own_id = f"{delivery} {request.header(SIGNATURE)}" if delivery else None
    if (reader := TOPICS.get(topic)) is None:
        return Delivery(own_id, [UnusedTopic(topic)])
    SHAPES[reader].check(topic, request.body)
    return Delivery(own_id, read_by(reader, topic, request))


def headers(request: Unsigned) -> Mapping[str, str]:
    """As WooCommerce sends them."""
    signed = {SOURCE.topic_header: request.topic, SIGNATURE: base64_sha256(request.secret, request.body)}
    return signed | {"X-WC-Webhook-Delivery-ID": request.id}


WEBHOOK = Webhook(hmac_sha256_base64(SIGNATURE), read, is_ping=is_ping, headers=headers)
