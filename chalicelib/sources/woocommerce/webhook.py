"""WooCommerce: orders and customers. It has no webhook for carts: an order that is not paid yet stands for one.

Its times have no offset and are UTC; its first ping is a form without a signature. It gives a webhook up after five
deliveries that were refused, so nothing that can be left out of an order, or rounded, refuses it.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import UNSET, Raw

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.cart import Line
from chalicelib.domain.facts.inbound import InboundFact, Person
from chalicelib.domain.facts.order import Cancellation, Order
from chalicelib.sources import reading
from chalicelib.sources.bodies import Currency, decoded
from chalicelib.sources.reading import Id, Loose
from chalicelib.sources.webhook import Delivery, Heard, Post, Source, Unknown, signed_in_base64

NAME = "woocommerce"
LEFT = frozenset(("checkout-draft", "pending", "failed"))
"""What is a cart as long as nothing was paid; a payment that failed is one more try at it."""
CALLED_OFF = frozenset(("cancelled", "failed", "trash"))
AFTER = timedelta(milliseconds=1)
"""Times are whole seconds: an order is called off after all that was told of it in the same one."""
NOTHING = Raw(b"null")
_PING = re.compile(rb"webhook_id=\d{1,20}")


class Address(Loose):
    """Where the bill goes."""

    first_name: str | None = None
    last_name: str | None = None
    country: str | None = None
    email: str | None = None


class OrderLine(Loose):
    """A line; ``total`` is of all pieces, without tax."""

    product_id: Raw = NOTHING
    name: Raw = NOTHING
    quantity: Raw = NOTHING
    total: Raw = NOTHING


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
    line_items: list[OrderLine] | None = None
    coupon_lines: list[CouponLine] | None = None
    refunds: list[RefundPart] | None = None


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
    at = reading.moment_of("$", body, "date_modified_gmt") or placed_at
    person = _person(body)
    profile = _profile(placed_at, body, person)
    if body.date_paid_gmt is None and body.status in LEFT | CALLED_OFF:
        return [*_unpaid(body, at, person), *profile]
    total = reading.rounded("$.total", body.total, body.currency)
    order = Order(
        id=str(body.id),
        placed_at=placed_at,
        total=total,
        at=at,
        refunded=total.amount if body.status == "refunded" else min(total.amount, _refunded(body)),
        products=tuple(dict.fromkeys(each.product for each in _lines(body)))[:500],
        cart_id=_cart_id(body.id),
        fulfilled_at=reading.moment_of("$", body, "date_completed_gmt"),
        cancelled_at=at if body.status in CALLED_OFF else None,
        coupon=reading.coupon(each.code for each in body.coupon_lines or ()),
    )
    return [InboundFact(order, person), *profile]  # first the later word, by which the order's names are a person's


def _unpaid(body: OrderBody, at: datetime, person: Person) -> list[InboundFact]:
    """What was never paid is no order. Called off (the shop does so after an hour), it is a cart that was left.

    The cart stays as it was then. What was told as an order before, since it was taken without a payment (on hold,
    cash on delivery), is called off; that does nothing where there is none.
    """
    told = []
    if body.status in LEFT:
        total = reading.rounded("$.total", body.total, body.currency)
        told.append(InboundFact(reading.cart(_cart_id(body.id), at, total, _lines(body)), person))
    if body.status in CALLED_OFF:
        told.append(InboundFact(Cancellation(str(body.id), at + AFTER), person))
    return told


def _order_deleted(post: Post) -> Sequence[Heard]:
    """It says neither whose order it was nor when: the customer is found by the order, the time is that of arrival.

    Nor does it say whether it was paid: the cart that it was until then is emptied too.
    """
    order_id = str(decoded(post.body, DeletedBody).id)
    person = Person(NAME, visitors=_visits(order_id))
    emptied = reading.cart(_cart_id(order_id), post.at, None, ())
    return [InboundFact(Cancellation(order_id, post.at), person), InboundFact(emptied, person)]


def _cart_id(order_id: object) -> str:
    return f"order-{order_id}"


def _visits(order_id: object) -> tuple[str, ...]:
    """The order's names of a visitor, and the cart's: both go with whoever they were told of last."""
    return f"order:{order_id}", _cart_id(order_id)


def _customer(post: Post) -> Sequence[Heard]:
    body: CustomerBody = decoded(post.body, CustomerBody)
    created_at = reading.moment_of("$", body, "date_created_gmt")
    at = reading.moment_of("$", body, "date_modified_gmt") or created_at or post.at
    email = reading.address(body.email)
    profile = reading.profile(
        at,
        email=email,
        name=reading.name(body.first_name, body.last_name),
        country=reading.country(body.billing.country if body.billing else None),
    )
    return [InboundFact(profile, Person(NAME, str(body.id), email))]


def _customer_deleted(post: Post) -> Sequence[Heard]:
    body: DeletedBody = decoded(post.body, DeletedBody)
    return [InboundFact(reading.gone(post.at, NAME), Person(NAME, str(body.id)))]


def _person(body: OrderBody) -> Person:
    """Whom an order is about: an account by its id, a guest (who has the id 0) by the address they gave.

    With an account, the order's address is what somebody typed in, and nobody checked it: another person's would make
    one of two people. The account's own address is told by the customer topics alone.
    """
    account = str(body.customer_id or 0)
    if account != "0":
        return Person(NAME, account, visitors=_visits(body.id))
    return Person(NAME, None, reading.address(body.billing.email) if body.billing else None, _visits(body.id))


def _profile(at: datetime, body: OrderBody, person: Person) -> list[InboundFact]:
    """What was typed in held when the order was placed, however often the order changes later."""
    if not (billing := body.billing):
        return []
    name = reading.name(billing.first_name, billing.last_name)
    country = reading.country(billing.country)
    return reading.told_of(
        person.without_visits(), reading.profile(at, email=person.email or UNSET, name=name, country=country)
    )


def _lines(body: OrderBody) -> list[Line]:
    return [_line(each, body.currency) for each in body.line_items or ()]


def _line(told: OrderLine, currency: str) -> Line:
    quantity = _quantity(reading.lenient(told.quantity, Decimal))
    total = _line_total(reading.lenient(told.total, Decimal), currency)
    product, name = reading.lenient(told.product_id, Id), reading.lenient(told.name, str)
    return reading.line(product, name, quantity, total // max(quantity, 1))


def _quantity(told: Decimal | None) -> int:
    try:
        return 1 if told is None else reading.pieces("", told)
    except InvalidFact:
        return 0


def _line_total(told: Decimal | None, currency: str) -> int:
    """The minor units of a line, 0 where it tells no amount that can be one."""
    try:
        return 0 if told is None else reading.rounded("", told, currency).amount
    except InvalidFact:
        return 0


def _refunded(body: OrderBody) -> int:
    """All that was given back, in minor units."""
    refunds = enumerate(body.refunds or ())
    return sum(
        reading.rounded(f"$.refunds[{n}].total", each.total.copy_abs(), body.currency).amount for n, each in refunds
    )


TOPICS: dict[str, Callable[[Post], Sequence[Heard]]] = {
    **dict.fromkeys(("order.created", "order.updated", "order.restored"), _order),
    "order.deleted": _order_deleted,
    **dict.fromkeys(("customer.created", "customer.updated"), _customer),
    "customer.deleted": _customer_deleted,
}
SOURCE = Source(signed_in_base64("x-wc-webhook-signature"), read, is_ping=is_ping)
