"""Messages about orders. ``Order Updated`` is not used, since it has no time at which the order was placed."""

from collections.abc import Sequence

from msgspec.structs import replace

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.inbound import InboundFact
from chalicelib.domain.facts.order import Cancellation, Order, Refund
from chalicelib.sources.fields import MOST_AMOUNT
from chalicelib.sources.reading import carts, texts
from chalicelib.sources.reading.payloads import NOTHING, NULL
from chalicelib.sources.segment.bodies import OrderProperties, RefundProperties
from chalicelib.sources.segment.event import SegmentEvent
from chalicelib.sources.segment.values import MOST_LINES, currency_of, id_in, lines, own_id, total_of
from chalicelib.sources.webhook import WebhookItem

WHOLE = MOST_AMOUNT
"""The amount of a refund without one: it is of the whole order, and never counts for more than that."""


def completed(event: SegmentEvent) -> Sequence[WebhookItem]:
    """An order."""
    found: OrderProperties = event.properties(OrderProperties)
    path, order_id = event.properties_path, _order_id(event, found)
    currency = currency_of(path, found)
    if currency is None:
        raise InvalidFact(f"{path}.currency", "is required")
    total = total_of(path, found, currency)
    if total is None:
        raise InvalidFact(f"{path}.total", "is required")
    order = Order(
        id=order_id,
        placed_at=event.at,
        total=total,
        at=event.at,
        products=carts.products(
            lines(path, [replace(each, quantity=NULL) for each in (found.products or [])[:MOST_LINES]], currency)
        ),
        cart_id=id_in(found.cart_id) or id_in(found.checkout_id) or order_id,
        coupon=texts.coupon([str(found.coupon or "")]),
        repeats=True,
    )
    return [*event.address(), InboundFact(order, event.buyer_of(order.id))]


def refunded(event: SegmentEvent) -> Sequence[WebhookItem]:
    """A refund: of its total, value or revenue, else of the whole order, unless it names products."""
    found: RefundProperties = event.properties(RefundProperties)
    path, order_id = event.properties_path, _order_id(event, found)
    currency = currency_of(path, found)
    if currency is None and any(each != NULL for each in (found.total, found.value, found.revenue)):
        raise InvalidFact(f"{path}.currency", "is required")
    total = total_of(path, found, currency)
    if total is None and bytes(found.products) not in (*NOTHING, b"{}"):
        raise InvalidFact(f"{path}.total", "is required where only some products are refunded")
    refund_id = id_in(event.message.message_id) or event.at.isoformat()
    amount, unit = (total.amount, total.currency) if total else (WHOLE, None)
    refund = Refund(order_id, refund_id, event.at, amount, unit)
    return [InboundFact(refund, event.buyer_of(order_id))]


def cancelled(event: SegmentEvent) -> Sequence[WebhookItem]:
    """A cancelled order."""
    order_id = _order_id(event, event.properties(RefundProperties))
    return [InboundFact(Cancellation(order_id, event.at), event.buyer_of(order_id))]


def updated(event: SegmentEvent) -> Sequence[WebhookItem]:
    """Not used, and not counted as an unused topic."""
    return []


def _order_id(event: SegmentEvent, found: OrderProperties | RefundProperties) -> str:
    if (order_id := own_id(found.order_id)) is None:
        raise InvalidFact(f"{event.properties_path}.order_id", "is required")
    return order_id
