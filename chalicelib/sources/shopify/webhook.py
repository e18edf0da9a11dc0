"""Shopify: carts, checkouts, orders, refunds and customers, and the topics that the law wants answered.

A cart names nobody; a checkout has its token and, sooner or later, an address. So a cart's token, a checkout's and an
order's id are names of a visitor: whatever is told by one of them becomes the customer's as soon as one is known.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.cart import Line
from chalicelib.domain.facts.consent import Consent
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.inbound import ErasureRequest, InboundFact, Person
from chalicelib.domain.facts.order import Order
from chalicelib.domain.money import Money
from chalicelib.sources import reading
from chalicelib.sources.bodies import decoded
from chalicelib.sources.shopify import bodies
from chalicelib.sources.shopify.bodies import CheckoutBody, CustomerPart, EmailConsent, OrderBody, Price, RefundBody
from chalicelib.sources.shopify.refunds import refund_of
from chalicelib.sources.webhook import (
    DataRequest,
    Delivery,
    Heard,
    Post,
    ShopClosed,
    Source,
    Unknown,
    signed_in_base64,
)

NAME = "shopify"
CONSENTS = {"subscribed": True, "unsubscribed": False, "redacted": False, "invalid": False}
"""What the states of Shopify's e-mail consent say; the others (never asked, not confirmed yet) say nothing."""


def read(post: Post) -> Delivery:
    """What a delivery tells. It is known by the event's id, which is the same each time it is sent, within its topic.

    The webhook's id need not be the same; and one event may be told under several topics. What Shopify's button sends
    for trying a webhook is a sample, and tells nothing.
    """
    if post.header("x-shopify-test").lower() == "true":
        return Delivery(None, [])
    topic = post.header("x-shopify-topic")
    event = post.header("x-shopify-event-id") or post.header("x-shopify-webhook-id")
    heard = TOPICS[topic](post) if topic in TOPICS else [Unknown(topic)]
    return Delivery(f"{topic} {event}" if event else None, heard)


def _cart(post: Post) -> Sequence[Heard]:
    body, path = reading.unwrapped(post.body, "cart", bodies.CartBody)
    lines, total, currencies = [], 0, set[str | None]()
    for number, each in enumerate(body.line_items or ()):
        where, price = f"{path}.line_items[{number}]", 0
        if each.price_set and each.line_price_set:
            currencies.add(each.price_set.shop_money.currency_code)
            price = _amount(f"{where}.price_set.shop_money.amount", each.price_set.shop_money)
            total += _amount(f"{where}.line_price_set.shop_money.amount", each.line_price_set.shop_money)
        else:
            currencies.add(None)
        lines.append(reading.line(each.product_id, each.title, _quantity(each), price))
    currency = currencies.pop() if len(currencies) == 1 else None
    money = Money(total, currency) if currency else None
    at = reading.moment(f"{path}.updated_at", body.updated_at)
    return [InboundFact(reading.cart(body.token, at, money, lines), Person(NAME, visitors=(body.token,)))]


def _checkout(post: Post) -> Sequence[Heard]:
    body, path = reading.unwrapped(post.body, "checkout", CheckoutBody)
    at = reading.moment(f"{path}.updated_at", body.updated_at)
    first = reading.moment(f"{path}.created_at", body.created_at) if body.created_at else at
    person = _person(body, [body.cart_token, body.token], body.email)
    total = reading.money(f"{path}.total_price", body.total_price, body.currency)
    cart = reading.cart(body.cart_token or body.token, at, total, _lines(body))
    if body.completed_at:  # it is an order, which is told too
        return _profile(path, body, first, body.email, person)
    return [*_profile(path, body, first, body.email, person.without_visits()), InboundFact(cart, person)]


def _order(post: Post) -> Sequence[Heard]:
    body, path = reading.unwrapped(post.body, "order", OrderBody)
    at = partial(reading.moment_of, path, body)
    placed_at = at("processed_at") or reading.moment(f"{path}.created_at", body.created_at)
    cancelled_at, fulfilled_at = at("cancelled_at"), _fulfilled_at(path, body)
    email = body.email or body.contact_email
    person = _person(body, [body.cart_token, body.checkout_token, f"order:{body.id}"], email)
    order = Order(
        id=str(body.id),
        placed_at=placed_at,
        total=reading.money(f"{path}.total_price", body.total_price, body.currency),
        at=at("updated_at") or max(filter(None, (placed_at, cancelled_at, fulfilled_at))),
        products=tuple(dict.fromkeys(each.product for each in _lines(body)))[:500],
        cart_id=body.cart_token or body.checkout_token or None,
        fulfilled_at=fulfilled_at,
        cancelled_at=cancelled_at,
        coupon=reading.coupon(each.code for each in body.discount_codes or ()),
    )
    refunds = [
        refund_of(f"{path}.refunds[{n}]", each, order.at, body.currency) for n, each in enumerate(body.refunds or ())
    ]
    ticked = Consent(given=True, at=placed_at, source=NAME) if body.buyer_accepts_marketing else None
    return [
        *_profile(path, body, placed_at, email, person.without_visits(), ticked),
        InboundFact(order, person),
        *(InboundFact(refund, person) for refund in refunds if refund),
    ]


def _refund(post: Post) -> Sequence[Heard]:
    body, path = reading.unwrapped(post.body, "refund", RefundBody)
    refund = refund_of(path, body)
    return [InboundFact(refund, Person(NAME, visitors=(f"order:{body.order_id}",)))] if refund else []


def _customer(post: Post) -> Sequence[Heard]:
    body, path = reading.unwrapped(post.body, "customer", bodies.CustomerBody)
    at = reading.moment_of(path, body, "updated_at") or reading.moment_of(path, body, "created_at") or post.at
    email = body.email if body.email is UNSET else reading.address(body.email)
    profile = _customer_profile(path, body, at, email)
    return [InboundFact(profile, Person(NAME, str(body.id), email or None))]


def _consent(post: Post) -> Sequence[Heard]:
    body, path = reading.unwrapped(post.body, "customer", bodies.ConsentBody)
    customer = body.customer_id if body.customer_id is not None else body.id
    person = Person(NAME, None if customer is None else str(customer), reading.address(body.email_address))
    consent = _email_consent(path, body.email_marketing_consent, _triggered_at(post))
    return [InboundFact(reading.profile(consent.at, consent), person)] if consent else []


def _deleted(post: Post) -> Sequence[Heard]:
    body, _ = reading.unwrapped(post.body, "customer", bodies.DeletedBody)
    return [InboundFact(reading.gone(_triggered_at(post), NAME), Person(NAME, str(body.id)))]


def _redact(post: Post) -> Sequence[Heard]:
    return [ErasureRequest(person) for person in _subjects(post)]


def _data_request(post: Post) -> Sequence[Heard]:
    return [DataRequest(person) for person in _subjects(post)]


def _shop_closed(post: Post) -> Sequence[Heard]:
    return [ShopClosed()]


def _subjects(post: Post) -> list[Person]:
    """Whom a compliance topic is about, if it says so at all."""
    found = decoded(post.body, bodies.SubjectBody).customer
    if found is None:
        return []
    return [Person(NAME, None if found.id is None else str(found.id), reading.address(found.email))]


def _customer_of(body: CheckoutBody | OrderBody) -> CustomerPart | None:
    return body.customer if body.customer and body.customer.id is not None else None


def _person(body: CheckoutBody | OrderBody, visitors: Sequence[str | None], email: str | None) -> Person:
    """Whom a checkout or an order is about: guests are known by the address they gave."""
    customer = _customer_of(body)
    own = reading.address(customer.email or None) if customer else None
    tokens = dict.fromkeys(token for token in visitors if token)
    return Person(NAME, str(customer.id) if customer else None, own or reading.address(email), tuple(tokens))


def _profile(
    path: str,
    body: CheckoutBody | OrderBody,
    first: datetime,
    email: str | None,
    person: Person,
    ticked: Consent | None = None,
) -> Sequence[Heard]:
    """What a checkout or an order tells of a profile: what was typed in held then, the customer's own data later.

    ``ticked`` is the order's box, where it was: a box left empty takes nothing back, and what the customer's own data
    say of mails holds, not the box.
    """
    place = body.shipping_address or body.billing_address
    customer = _customer_of(body)
    told = reading.profile(
        first,
        None if _is_settled(customer) else ticked,
        reading.address(email) or UNSET,
        language=reading.language(body.customer_locale),
        country=reading.country(place.country_code if place else None),
    )
    if customer:
        at = reading.moment_of(f"{path}.customer", customer, "updated_at") or first
        own = reading.address(customer.email or None) or UNSET
        told = told.joined(_customer_profile(f"{path}.customer", customer, at, own))
    return reading.told_of(person, told)


def _is_settled(customer: CustomerPart | None) -> bool:
    """Whether the customer's own data say who may write: yes, no, or not before they confirmed it by a mail."""
    if customer is None:
        return False
    if told := customer.email_marketing_consent:
        return told.state == "pending" or told.state in CONSENTS
    return customer.accepts_marketing_updated_at is not None


def _customer_profile(path: str, body: CustomerPart, at: datetime, email: str | UnsetType | None) -> Customer:
    place = body.default_address
    consent = _email_consent(path, body.email_marketing_consent, at) or _older_consent(path, body, at)
    return reading.profile(
        at,
        consent,
        email,
        name=reading.name(body.first_name, body.last_name),
        country=reading.country(place.country_code if place else None),
    )


def _email_consent(path: str, told: EmailConsent | None, at: datetime) -> Consent | None:
    if told is None or told.state not in CONSENTS:
        return None
    since = reading.moment_of(f"{path}.email_marketing_consent", told, "consent_updated_at") or at
    return Consent(CONSENTS[told.state], since, NAME)


def _older_consent(path: str, body: CustomerPart, at: datetime) -> Consent | None:
    """Versions before 2022: whoever never said anything has a refusal without a time, which is none."""
    since = reading.moment_of(path, body, "accepts_marketing_updated_at")
    if body.email_marketing_consent or body.accepts_marketing is None or not (body.accepts_marketing or since):
        return None
    return Consent(body.accepts_marketing, since or at, NAME)


def _lines(body: CheckoutBody | OrderBody) -> list[Line]:
    return [
        reading.line(each.product_id, each.title, _quantity(each), _price(each, body.currency))
        for each in body.line_items or ()
    ]


def _price(line: bodies.PricedLine, currency: str) -> int:
    """What one piece costs; 0 where a line says nothing of the kind, which counts for nothing."""
    try:
        return reading.amount("price", reading.lenient(line.price, Decimal) or Decimal(0), currency)
    except InvalidFact:
        return 0


def _quantity(line: bodies.CartLine | bodies.PricedLine) -> int:
    """How many pieces; one, if a line does not say."""
    told = reading.lenient(line.quantity, int)
    return 1 if told is None else min(max(told, 0), reading.MOST_PIECES)


def _fulfilled_at(path: str, body: OrderBody) -> datetime | None:
    """When the last parcel went off, once all have."""
    if body.fulfillment_status != "fulfilled":
        return None
    times = [
        reading.moment(f"{path}.fulfillments[{n}].created_at", each.created_at)
        for n, each in enumerate(body.fulfillments or ())
        if each.status != "cancelled"
    ]
    return max(times, default=None)


def _amount(path: str, price: Price) -> int:
    return reading.amount(path, price.amount, price.currency_code)


def _triggered_at(post: Post) -> datetime:
    """When it happened, by the header where the body does not say; never in the future."""
    try:
        at: Any = msgspec.convert(post.header("x-shopify-triggered-at"), reading.Time)
        return min(reading.moment("", at), post.at)
    except (msgspec.ValidationError, InvalidFact):
        return post.at


TOPICS: dict[str, Callable[[Post], Sequence[Heard]]] = {
    **dict.fromkeys(("carts/create", "carts/update"), _cart),
    **dict.fromkeys(("checkouts/create", "checkouts/update"), _checkout),
    **dict.fromkeys((f"orders/{verb}" for verb in ("create", "paid", "updated", "cancelled", "fulfilled")), _order),
    "refunds/create": _refund,
    **dict.fromkeys(("customers/create", "customers/update"), _customer),
    **dict.fromkeys(("customers_email_marketing_consent/update", "customers_marketing_consent/update"), _consent),
    "customers/delete": _deleted,
    "customers/redact": _redact,
    "customers/data_request": _data_request,
    "shop/redact": _shop_closed,
}
SOURCE = Source(signed_in_base64("x-shopify-hmac-sha256"), read)
