"""WooCommerce: orders and customers. It has no webhook for carts: an order that is not paid yet stands for one.

Its times have no offset and are UTC; its first ping is a form without a signature.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

from msgspec import UNSET

from chalicelib.api.schemas import decoded
from chalicelib.api.webhooks import reading
from chalicelib.api.webhooks.reading import Currency, Id, Loose
from chalicelib.api.webhooks.source import Delivery, Heard, Post, Source, Unknown, signed_in_base64
from chalicelib.domain.customer import Cancellation, Line, Order
from chalicelib.domain.incoming import Incoming, Person
from chalicelib.domain.money import Money

NAME = "woocommerce"
UNPAID = frozenset(("checkout-draft", "pending", "failed"))
CALLED_OFF = frozenset(("cancelled", "failed", "trash"))
_PING = re.compile(rb"webhook_id=\d{1,20}")


class Address(Loose):
    """Where the bill goes."""

    first_name: str | None = None
    last_name: str | None = None
    country: str | None = None
    email: str | None = None


class OrderLine(Loose):
    """A line; ``total`` is of all pieces, without tax."""

    product_id: Id | None = None
    name: str | None = None
    quantity: Decimal = Decimal(1)
    total: Decimal = Decimal(0)


class CouponLine(Loose):
    """A code that was typed in."""

    code: str | None = None


class RefundPart(Loose):
    """A refund; ``total`` is negative."""

    total: Decimal


class OrderBody(Loose):
    """order.created, order.updated, order.restored."""

    id: Id
    status: str
    currency: Currency
    total: Decimal
    date_created_gmt: datetime
    date_modified_gmt: datetime | None = None
    date_paid_gmt: datetime | None = None
    date_completed_gmt: datetime | None = None
    customer_id: Id | None = None
    billing: Address | None = None
    line_items: tuple[OrderLine, ...] = ()
    coupon_lines: tuple[CouponLine, ...] = ()
    refunds: tuple[RefundPart, ...] = ()


class CustomerBody(Loose):
    """customer.created, customer.updated."""

    id: Id
    date_created_gmt: datetime | None = None
    date_modified_gmt: datetime | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    billing: Address | None = None


class DeletedBody(Loose):
    """order.deleted, customer.deleted: nothing but the id."""

    id: Id


def is_ping(post: Post) -> bool:
    """Whether this is the try that WooCommerce makes, unsigned, when a webhook is saved; it wants a 200."""
    return not post.header("x-wc-webhook-topic") and _PING.fullmatch(post.body) is not None


def read(post: Post) -> Delivery:
    """What a delivery tells.

    Its id is made of the webhook's and the second: two deliveries of one second share it, so the signature stands
    beside it.
    """
    topic, delivery = post.header("x-wc-webhook-topic"), post.header("x-wc-webhook-delivery-id")
    heard = TOPICS[topic](post) if topic in TOPICS else [Unknown(topic)]
    return Delivery(f"{delivery} {post.header('x-wc-webhook-signature')}" if delivery else None, heard)


def _order(post: Post) -> Sequence[Heard]:
    body: OrderBody = decoded(post.body, OrderBody)
    placed_at = reading.moment("$.date_created_gmt", body.date_created_gmt)
    at = _moment("$.date_modified_gmt", body.date_modified_gmt) or placed_at
    total = reading.money("$.total", body.total, body.currency)
    lines, person, cart_id = _lines(body), _person(body), f"order-{body.id}"
    profile = _profile(placed_at, body, person)
    if body.status in UNPAID and not body.date_paid_gmt:
        return [*profile, Incoming(reading.cart(cart_id, at, total, lines), person)]
    order = Order(
        id=str(body.id),
        placed_at=placed_at,
        total=total,
        at=at,
        refunded=total.amount if body.status == "refunded" else min(total.amount, _refunded(body)),
        products=tuple(dict.fromkeys(each.product for each in lines))[:500],
        cart_id=cart_id,
        fulfilled_at=_moment("$.date_completed_gmt", body.date_completed_gmt),
        cancelled_at=at if body.status in CALLED_OFF else None,
        coupon=reading.coupon(each.code for each in body.coupon_lines),
    )
    return [*profile, Incoming(order, person)]


def _order_deleted(post: Post) -> Sequence[Heard]:
    """It says neither whose order it was nor when: the customer is found by the order, the time is that of arrival."""
    order_id = str(decoded(post.body, DeletedBody).id)
    return [Incoming(Cancellation(order_id, post.at), Person(NAME, visitors=(f"order:{order_id}",)))]


def _customer(post: Post) -> Sequence[Heard]:
    body: CustomerBody = decoded(post.body, CustomerBody)
    created_at = _moment("$.date_created_gmt", body.date_created_gmt)
    at = _moment("$.date_modified_gmt", body.date_modified_gmt) or created_at or post.at
    email = reading.address(body.email)
    profile = reading.profile(
        at,
        email=email,
        name=reading.name(body.first_name, body.last_name),
        country=reading.country(body.billing.country if body.billing else None),
    )
    return [Incoming(profile, Person(NAME, str(body.id), email))]


def _customer_deleted(post: Post) -> Sequence[Heard]:
    body: DeletedBody = decoded(post.body, DeletedBody)
    return [Incoming(reading.gone(post.at, NAME), Person(NAME, str(body.id)))]


def _person(body: OrderBody) -> Person:
    """Whom an order is about: a guest has no id but 0."""
    email = reading.address(body.billing.email) if body.billing else None
    return Person(NAME, str(body.customer_id) if body.customer_id else None, email, (f"order:{body.id}",))


def _profile(at: datetime, body: OrderBody, person: Person) -> list[Incoming]:
    """What was typed in held when the order was placed, however often the order changes later."""
    if not (billing := body.billing):
        return []
    name = reading.name(billing.first_name, billing.last_name)
    country = reading.country(billing.country)
    return reading.told_of(person, reading.profile(at, email=person.email or UNSET, name=name, country=country))


def _lines(body: OrderBody) -> list[Line]:
    lines = []
    for number, each in enumerate(body.line_items):
        where = f"$.line_items[{number}]"
        quantity = reading.pieces(f"{where}.quantity", each.quantity)
        total = reading.amount(f"{where}.total", each.total, body.currency)
        lines.append(reading.line(each.product_id, each.name, quantity, total // max(quantity, 1)))
    return lines


def _refunded(body: OrderBody) -> int:
    amounts = (
        reading.amount(f"$.refunds[{n}].total", each.total.copy_abs(), body.currency)
        for n, each in enumerate(body.refunds)
    )
    return Money(sum(amounts), body.currency).amount


def _moment(path: str, at: datetime | None) -> datetime | None:
    return None if at is None else reading.moment(path, at)


TOPICS: dict[str, Callable[[Post], Sequence[Heard]]] = {
    **dict.fromkeys(("order.created", "order.updated", "order.restored"), _order),
    "order.deleted": _order_deleted,
    **dict.fromkeys(("customer.created", "customer.updated"), _customer),
    "customer.deleted": _customer_deleted,
}
SOURCE = Source(signed_in_base64("x-wc-webhook-signature"), read, is_ping)
