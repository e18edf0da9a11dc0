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

from chalicelib.api.schemas import decoded
from chalicelib.api.webhooks import reading
from chalicelib.api.webhooks.reading import Currency, Id, Loose, Quantity, Time, Token
from chalicelib.api.webhooks.source import DataRequest, Heard, Post, ShopClosed, Source, Unknown, signed_in_base64
from chalicelib.domain.customer import Consent, Customer, Line, Order, Refund
from chalicelib.domain.incoming import ErasureRequest, Incoming, Person
from chalicelib.domain.money import Money

NAME = "shopify"
CONSENTS = {"subscribed": True, "unsubscribed": False, "redacted": False, "invalid": False}
"""What the states of Shopify's e-mail consent say; the others (never asked, not confirmed yet) say nothing."""


class Price(Loose):
    """An amount in one currency."""

    amount: Decimal
    currency_code: Currency


class PriceSet(Loose):
    """An amount in the shop's currency, and in the customer's."""

    shop_money: Price


class Place(Loose):
    """An address: only its country is looked at."""

    country_code: str | None = None


class EmailConsent(Loose):
    """Whether somebody wants mails."""

    state: str | None = None
    consent_updated_at: Time | None = None


class CustomerPart(Loose):
    """A customer, as told by the customers' own topics and within checkouts and orders."""

    id: Id
    email: str | None | UnsetType = UNSET
    first_name: str | None = None
    last_name: str | None = None
    created_at: Time | None = None
    updated_at: Time | None = None
    default_address: Place | None = None
    email_marketing_consent: EmailConsent | None = None
    accepts_marketing: bool | None = None
    accepts_marketing_updated_at: Time | None = None


class CartLine(Loose):
    """A line of a cart; older versions tell no currency."""

    product_id: Id | None = None
    title: str | None = None
    quantity: Quantity = 1
    price_set: PriceSet | None = None
    line_price_set: PriceSet | None = None


class CartBody(Loose):
    """carts/create, carts/update."""

    token: Token
    updated_at: Time
    line_items: list[CartLine] = []


class PricedLine(Loose):
    """A line of a checkout or an order."""

    product_id: Id | None = None
    title: str | None = None
    quantity: Quantity = 1
    price: Decimal = Decimal(0)


class DiscountCode(Loose):
    """A code that was typed in."""

    code: str | None = None


class CheckoutBody(Loose):
    """checkouts/create, checkouts/update."""

    token: Token
    updated_at: Time
    currency: Currency
    total_price: Decimal
    created_at: Time | None = None
    cart_token: Token | None = None
    email: str | None = None
    customer: CustomerPart | None = None
    customer_locale: str | None = None
    buyer_accepts_marketing: bool | None = None
    shipping_address: Place | None = None
    billing_address: Place | None = None
    line_items: list[PricedLine] = []


class Fulfillment(Loose):
    """A parcel."""

    created_at: Time
    status: str | None = None


class Transaction(Loose):
    """A payment, or one given back."""

    kind: str
    amount: Decimal
    status: str | None = None
    currency: Currency | None = None


class RefundLine(Loose):
    """What was given back for one line of an order."""

    subtotal_set: PriceSet | None = None
    total_tax_set: PriceSet | None = None


class RefundBody(Loose):
    """refunds/create, and ``refunds`` of an order."""

    id: Id
    order_id: Id
    created_at: Time
    processed_at: Time | None = None
    transactions: list[Transaction] = []
    refund_line_items: list[RefundLine] = []


class OrderBody(Loose):
    """orders/create, orders/paid, orders/updated, orders/cancelled, orders/fulfilled."""

    id: Id
    created_at: Time
    currency: Currency
    total_price: Decimal
    processed_at: Time | None = None
    updated_at: Time | None = None
    cancelled_at: Time | None = None
    cart_token: Token | None = None
    checkout_token: Token | None = None
    email: str | None = None
    contact_email: str | None = None
    customer: CustomerPart | None = None
    customer_locale: str | None = None
    buyer_accepts_marketing: bool | None = None
    shipping_address: Place | None = None
    billing_address: Place | None = None
    discount_codes: list[DiscountCode] | None = None
    fulfillment_status: str | None = None
    fulfillments: list[Fulfillment] | None = None
    line_items: list[PricedLine] = []
    refunds: list[RefundBody] | None = None


class ConsentBody(Loose):
    """customers_email_marketing_consent/update; of customers_marketing_consent/update (text messages) nothing."""

    customer_id: Id | None = None
    id: Id | None = None
    email_address: str | None = None
    email_marketing_consent: EmailConsent | None = None


class DeletedBody(Loose):
    """customers/delete."""

    id: Id


class Subject(Loose):
    """Whom a compliance topic is about."""

    id: Id | None = None
    email: str | None = None


class SubjectBody(Loose):
    """customers/redact, customers/data_request."""

    customer: Subject


def read(post: Post) -> list[Heard]:
    """What a delivery tells."""
    topic = post.header("x-shopify-topic")
    return TOPICS[topic](post) if topic in TOPICS else [Unknown(topic)]


def delivery_id(post: Post) -> str | None:
    """The event's id, which is the same each time it is sent (the webhook's need not be), within its topic."""
    event = post.header("x-shopify-event-id") or post.header("x-shopify-webhook-id")
    return f"{post.header('x-shopify-topic')} {event}" if event else None


def _cart(post: Post) -> list[Heard]:
    body, path = reading.unwrapped(post.body, "cart", CartBody)
    lines, total, currencies = [], 0, set()
    for number, each in enumerate(body.line_items):
        where, price = f"{path}.line_items[{number}]", 0
        if each.price_set and each.line_price_set:
            currencies.add(each.price_set.shop_money.currency_code)
            price = _amount(f"{where}.price_set.shop_money.amount", each.price_set.shop_money)
            total += _amount(f"{where}.line_price_set.shop_money.amount", each.line_price_set.shop_money)
        lines.append(reading.line(each.product_id, each.title, each.quantity, price))
    money = Money(total, currencies.pop()) if len(currencies) == 1 else None
    at = reading.moment(f"{path}.updated_at", body.updated_at)
    return [Incoming(reading.cart(body.token, at, money, lines), Person(NAME, visitors=(body.token,)))]


def _checkout(post: Post) -> list[Heard]:
    body, path = reading.unwrapped(post.body, "checkout", CheckoutBody)
    at = reading.moment(f"{path}.updated_at", body.updated_at)
    first = reading.moment(f"{path}.created_at", body.created_at) if body.created_at else at
    person = _person(body, [body.cart_token, body.token], body.email)
    total = reading.money(f"{path}.total_price", body.total_price, body.currency)
    cart = reading.cart(body.cart_token or body.token, at, total, _lines(path, body))
    return [*_profile(path, body, first, body.email, person), Incoming(cart, person)]


def _order(post: Post) -> list[Heard]:
    body, path = reading.unwrapped(post.body, "order", OrderBody)
    at = partial(_moment_of, path, body)
    placed_at = at("processed_at") or reading.moment(f"{path}.created_at", body.created_at)
    cancelled_at, fulfilled_at = at("cancelled_at"), _fulfilled_at(path, body)
    email = body.email or body.contact_email
    person = _person(body, [body.cart_token, body.checkout_token, f"order:{body.id}"], email)
    order = Order(
        id=str(body.id),
        placed_at=placed_at,
        total=reading.money(f"{path}.total_price", body.total_price, body.currency),
        at=at("updated_at") or max(filter(None, (placed_at, cancelled_at, fulfilled_at))),
        products=tuple(dict.fromkeys(each.product for each in _lines(path, body)))[:500],
        cart_id=body.cart_token or body.checkout_token,
        fulfilled_at=fulfilled_at,
        cancelled_at=cancelled_at,
        coupon=reading.coupon(each.code for each in body.discount_codes or ()),
    )
    refunds = [_refunded(f"{path}.refunds[{n}]", each) for n, each in enumerate(body.refunds or ())]
    return [
        *_profile(path, body, placed_at, email, person),
        Incoming(order, person),
        *(Incoming(refund, person) for refund in refunds if refund.amount),
    ]


def _refund(post: Post) -> list[Heard]:
    body, path = reading.unwrapped(post.body, "refund", RefundBody)
    refund = _refunded(path, body)
    return [Incoming(refund, Person(NAME, visitors=(f"order:{body.order_id}",)))] if refund.amount else []


def _customer(post: Post) -> list[Heard]:
    body, path = reading.unwrapped(post.body, "customer", CustomerPart)
    at = _moment_of(path, body, "updated_at") or _moment_of(path, body, "created_at") or post.at
    email = body.email if body.email is UNSET else reading.address(body.email)
    profile = _customer_profile(path, body, at, email)
    return [Incoming(profile, Person(NAME, str(body.id), email or None))]


def _consent(post: Post) -> list[Heard]:
    body = decoded(post.body, ConsentBody)
    customer = body.customer_id if body.customer_id is not None else body.id
    person = Person(NAME, None if customer is None else str(customer), reading.address(body.email_address))
    consent = _email_consent("$", body.email_marketing_consent, post.at)
    return [Incoming(reading.profile(consent.at, consent), person)] if consent else []


def _deleted(post: Post) -> list[Heard]:
    body = decoded(post.body, DeletedBody)
    return [Incoming(reading.gone(_triggered_at(post), NAME), Person(NAME, str(body.id)))]


def _redact(post: Post) -> list[Heard]:
    return [ErasureRequest(_subject(post))]


def _data_request(post: Post) -> list[Heard]:
    return [DataRequest(_subject(post))]


def _shop_closed(post: Post) -> list[Heard]:
    return [ShopClosed()]


def _subject(post: Post) -> Person:
    found = decoded(post.body, SubjectBody).customer
    return Person(NAME, None if found.id is None else str(found.id), reading.address(found.email))


def _person(body: CheckoutBody | OrderBody, visitors: Sequence[str | None], email: str | None) -> Person:
    """Whom a checkout or an order is about: guests are known by the address they gave."""
    customer = body.customer
    own = reading.address(customer.email or None) if customer else None
    tokens = dict.fromkeys(token for token in visitors if token)
    return Person(NAME, str(customer.id) if customer else None, own or reading.address(email), tuple(tokens))


def _profile(
    path: str, body: CheckoutBody | OrderBody, first: datetime, email: str | None, person: Person
) -> list[Heard]:
    """What a checkout or an order tells of a profile: what was typed in held then, the customer's own data hold later."""
    place = body.shipping_address or body.billing_address
    ticked = Consent(given=True, at=first, source=NAME) if body.buyer_accepts_marketing else None
    told = reading.profile(
        first,
        ticked,  # a box left empty takes nothing back
        reading.address(email) or UNSET,
        language=reading.language(body.customer_locale),
        country=reading.country(place.country_code if place else None),
    )
    if customer := body.customer:
        at = _moment_of(f"{path}.customer", customer, "updated_at") or first
        own = reading.address(customer.email or None) or UNSET
        told = told.joined(_customer_profile(f"{path}.customer", customer, at, own))
    return [Incoming(told, person)]


def _customer_profile(path: str, body: CustomerPart, at: datetime, email: str | None | UnsetType) -> Customer:
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
    since = _moment_of(f"{path}.email_marketing_consent", told, "consent_updated_at") or at
    return Consent(CONSENTS[told.state], since, NAME)


def _older_consent(path: str, body: CustomerPart, at: datetime) -> Consent | None:
    """Versions before 2022: whoever never said anything has a refusal without a time, which is none."""
    since = _moment_of(path, body, "accepts_marketing_updated_at")
    if body.email_marketing_consent or body.accepts_marketing is None or not (body.accepts_marketing or since):
        return None
    return Consent(body.accepts_marketing, since or at, NAME)


def _lines(path: str, body: CheckoutBody | OrderBody) -> list[Line]:
    return [
        reading.line(
            each.product_id,
            each.title,
            each.quantity,
            reading.amount(f"{path}.line_items[{n}].price", each.price, body.currency),
        )
        for n, each in enumerate(body.line_items)
    ]


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


def _refunded(path: str, body: RefundBody) -> Refund:
    """One refund: what was paid back; where that was in another currency than the shop's, what the lines say."""
    paid = [
        (f"{path}.transactions[{n}]", each)
        for n, each in enumerate(body.transactions)
        if each.kind == "refund" and each.status in (None, "success")
    ]
    sets = [
        (f"{path}.refund_line_items[{n}].{name}.shop_money.amount", found.shop_money)
        for n, each in enumerate(body.refund_line_items)
        for name in ("subtotal_set", "total_tax_set")
        if (found := getattr(each, name))
    ]
    shops = {price.currency_code for _, price in sets}
    if shops and any(each.currency not in (None, *shops) for _, each in paid):
        total = sum(_amount(where, price) for where, price in sets)
    else:
        currency = next(iter(shops), "USD")  # of before currencies were told: two digits, as then all shops' had
        total = sum(reading.amount(f"{where}.amount", each.amount, each.currency or currency) for where, each in paid)
    at = _moment_of(path, body, "processed_at") or reading.moment(f"{path}.created_at", body.created_at)
    return Refund(str(body.order_id), str(body.id), at, total)


def _amount(path: str, price: Price) -> int:
    return reading.amount(path, price.amount, price.currency_code)


def _moment_of(path: str, body: msgspec.Struct, field: str) -> datetime | None:
    value: datetime | None = getattr(body, field)
    return None if value is None else reading.moment(f"{path}.{field}", value)


def _triggered_at(post: Post) -> datetime:
    """When it happened, by the header where the body does not say; never in the future."""
    try:
        at: Any = msgspec.convert(post.header("x-shopify-triggered-at"), Time)
        return min(reading.moment("", at), post.at)
    except (msgspec.ValidationError, reading.InvalidFact):
        return post.at


TOPICS: dict[str, Callable[[Post], list[Heard]]] = {
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
SOURCE = Source(signed_in_base64("x-shopify-hmac-sha256"), delivery_id, read)
