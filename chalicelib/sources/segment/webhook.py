"""Segment's e-commerce spec (version 2), ``identify`` and requests for deletion: one message, or a batch."""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence

from msgspec import Raw

from chalicelib.domain.errors import InvalidFact
from chalicelib.sources.decoding import decoded
from chalicelib.sources.segment import SOURCE, carts, orders, people
from chalicelib.sources.segment.bodies import Message, Messages
from chalicelib.sources.segment.event import SegmentEvent, event_of
from chalicelib.sources.signatures import is_same
from chalicelib.sources.webhook import Delivery, Unreadable, Unsigned, UnusedTopic, Webhook, WebhookItem, WebhookRequest

IGNORED_TYPES = frozenset(("page", "screen", "group", "alias"))
"""The types of messages that are not about a shop's customers; they are not counted as unused topics."""
KINDS: dict[str, Callable[[SegmentEvent], Sequence[WebhookItem]]] = {
    "identify": people.identify,
    "delete": people.delete,
    "Segment Consent Preference Updated": people.consent_updated,
    **dict.fromkeys(("Cart Viewed", "Checkout Started", "Product Added", "Product Removed"), carts.cart),
    "Order Completed": orders.completed,
    "Order Refunded": orders.refunded,
    "Order Cancelled": orders.cancelled,
    "Order Updated": orders.updated,
}


def is_signed(request: WebhookRequest, secrets: Sequence[str]) -> bool:
    """Whether a header is the HMAC-SHA1 of the whole body, in hexadecimal digits.

    ``X-Signature`` of a batch may sign its first message only, which proves nothing about the others: it is refused.
    """
    given = [request.header(name) for name in SOURCE.signature_headers]
    digests = [_hex_sha1(secret, request.body) for secret in secrets]
    return any(is_same(digest, each) for digest in digests for each in given)


def read(request: WebhookRequest) -> Delivery:
    """The contents of a message or a batch. Its id is its body's: anybody may choose the messages' own ids.

    Segment never sends again what is refused, so a message that does not fit costs no other one of its batch.
    """
    items: list[WebhookItem] = []
    for path, raw in _messages(request.body):
        message = None
        try:
            message = decoded(raw, Message, path)
            items += _items(path, message)
        except InvalidFact as error:
            items.append(Unreadable(_kind(message) if message else "", error))
    return Delivery(hashlib.sha256(request.body).hexdigest(), items)


def _messages(body: bytes) -> list[tuple[str, Raw | bytes]]:
    """The messages of a body, with their paths: one, ``{"batch": [...]}``, or a list."""
    if body.lstrip()[:1] == b"[":
        return [(f"$[{n}]", raw) for n, raw in enumerate(decoded(body, Messages))]
    fields: dict[str, Raw] = decoded(body, dict[str, Raw])
    if "batch" in fields:
        return [(f"$.batch[{n}]", raw) for n, raw in enumerate(decoded(fields["batch"], Messages, "$.batch"))]
    return [("$", body)]


def _items(path: str, message: Message) -> Sequence[WebhookItem]:
    if message.type in IGNORED_TYPES:
        return []
    kind = _kind(message)
    if kind not in KINDS:
        return [UnusedTopic(kind)]
    event = event_of(path, message)
    return [*KINDS[kind](event), *(Unreadable(kind, each) for each in event.left_out)]


def _kind(message: Message) -> str:
    return (message.event or "") if message.type == "track" else message.type


def headers(request: Unsigned) -> Mapping[str, str]:
    """As Segment sends them; it has no topics, and its messages have ids of their own."""
    return {SOURCE.signature_headers[0]: _hex_sha1(request.secret, request.body)}


def _hex_sha1(secret: str, body: bytes) -> str:
    return hmac.digest(secret.encode(), body, "sha1").hex()


WEBHOOK = Webhook(is_signed, read, headers=headers)
