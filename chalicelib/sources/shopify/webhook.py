"""Shopify's topics: carts, checkouts, orders, refunds and customers, and the topics required by law.

A cart does not identify a customer; a checkout has its token and, sooner or later, an address. So the tokens of carts
and checkouts, and the ids of orders, are names of a visitor: facts about them move to the customer who is identified.
"""

from collections.abc import Callable, Mapping, Sequence

from chalicelib.sources.reading.payloads import Shape
from chalicelib.sources.shopify import SOURCE, carts, compliance, customers, orders
from chalicelib.sources.signatures import base64_sha256, hmac_sha256_base64
from chalicelib.sources.webhook import Delivery, Unsigned, UnusedTopic, Webhook, WebhookItem, WebhookRequest, read_by

(SIGNATURE,) = SOURCE.signature_headers
TOPICS: dict[str, Callable[[WebhookRequest], Sequence[WebhookItem]]] = {
    **dict.fromkeys(("carts/create", "carts/update"), carts.cart),
    **dict.fromkeys(("checkouts/create", "checkouts/update"), carts.checkout),
    **dict.fromkeys(
        (f"orders/{event}" for event in ("create", "paid", "updated", "cancelled", "fulfilled")), orders.order
    ),
    "checkouts/delete": carts.deleted,
    "orders/delete": orders.deleted,
    "orders/edited": orders.edited,
    "refunds/create": orders.refund,
    **dict.fromkeys(("customers/create", "customers/update"), customers.customer),
    **dict.fromkeys(
        ("customers_email_marketing_consent/update", "customers_marketing_consent/update"), customers.consent
    ),
    "customers/delete": customers.deleted,
    "customers/merge": customers.merged,
    "customers/redact": compliance.redact,
    "customers/data_request": compliance.data_request,
    "shop/redact": compliance.shop_closed,
}


_ORDER = frozenset(("order_number", "financial_status", "order_status_url"))
_PURCHASE = frozenset(("line_items", "total_price", "order_id", "customer"))
_ACCOUNT = frozenset(("addresses", "tax_exemptions", "admin_graphql_api_id"))
_PROFILE = frozenset(("email", "created_at", "updated_at"))
_REDACT, _REQUEST = frozenset(("orders_to_redact",)), frozenset(("orders_requested", "data_request"))


def _global_id(kind: str) -> Mapping[str, str]:
    return {"admin_graphql_api_id": f"gid://shopify/{kind}/"}


SHAPES: Mapping[Callable[[WebhookRequest], Sequence[WebhookItem]], Shape] = {
    carts.cart: Shape(lacks=frozenset(("total_price", "order_id"))),
    carts.checkout: Shape(lacks=_ORDER),
    orders.order: Shape(lacks=frozenset(("abandoned_checkout_url", "order_id")), begins=_global_id("Order")),
    carts.deleted: Shape(has=frozenset(("cart_token", "token")), lacks=_ORDER | {"line_items", "updated_at"}),
    orders.deleted: Shape(has=frozenset(("id",)), lacks=_PURCHASE | _PROFILE | _ACCOUNT | {"cart_token", "shop_id"}),
    orders.edited: Shape(has=frozenset(("order_edit", "line_items"))),
    orders.refund: Shape(has=frozenset(("order_id",)), lacks=frozenset(("line_items",)), begins=_global_id("Refund")),
    customers.customer: Shape(
        has=_PROFILE, lacks=_PURCHASE | _REDACT | _REQUEST | {"shop_domain"}, begins=_global_id("Customer")
    ),
    customers.consent: Shape(lacks=_PURCHASE | {"created_at"}),
    customers.deleted: Shape(
        has=_ACCOUNT, lacks=_PURCHASE | {"created_at", "customer_id", "shop_domain"}, begins=_global_id("Customer")
    ),
    customers.merged: Shape(has=frozenset((customers.KEPT,))),
    compliance.redact: Shape(has=_REDACT, lacks=_REQUEST | {"line_items"}),
    compliance.data_request: Shape(has=_REQUEST, lacks=_REDACT | {"line_items"}),
    compliance.shop_closed: Shape(has=frozenset(("shop_domain", "shop_id")), lacks=frozenset(("customer",))),
}
"""The signature is of the body alone, so a copy of one may be sent under another topic. Each has fields of its own."""


def read(request: WebhookRequest) -> Delivery:
    """The contents of a request. Its id is the event's, which is the same each time it is sent, within its topic.

    The webhook's id may differ, and one event may be sent under several topics. Shopify's button for testing a webhook
    sends a sample, which is ignored.
    """
    if request.header("x-shopify-test").lower() == "true":
        return Delivery(None, [])
    topic = request.header(SOURCE.topic_header)
    event = request.header("x-shopify-event-id") or request.header("x-shopify-webhook-id")
    if (reader := TOPICS.get(topic)) is None:
        return Delivery(f"{topic} {event}" if event else None, [UnusedTopic(topic)])
    SHAPES[reader].check(topic, request.body)
    return Delivery(f"{topic} {event}" if event else None, read_by(reader, topic, request))


def headers(request: Unsigned) -> Mapping[str, str]:
    """As Shopify sends them."""
    event = {"X-Shopify-Event-Id": request.id, "X-Shopify-Webhook-Id": request.id}
    return {SOURCE.topic_header: request.topic, SIGNATURE: base64_sha256(request.secret, request.body)} | event


WEBHOOK = Webhook(hmac_sha256_base64(SIGNATURE), read, headers=headers)
