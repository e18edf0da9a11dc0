"""Orders, and refunds, which come with orders or separately."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial

from chalicelib.domain.facts.consent import Consent
from chalicelib.domain.facts.inbound import InboundFact, order_name
from chalicelib.domain.facts.order import Cancellation, Order, Refund
from chalicelib.domain.money import Money
from chalicelib.sources.fields import Currency, Time
from chalicelib.sources.reading import amounts, carts, texts, times
from chalicelib.sources.reading.payloads import Id, JsonObject, OptionalToken, unwrapped
from chalicelib.sources.shopify import SOURCE, people
from chalicelib.sources.shopify.lines import lines
from chalicelib.sources.shopify.parts import Purchase
from chalicelib.sources.shopify.refunds import RefundBody, refund_of
from chalicelib.sources.webhook import WebhookItem, WebhookRequest


class DiscountCode(JsonObject):
    """A discount code that the customer entered."""

    code: str | None = None


class Fulfillment(JsonObject):
    """A parcel."""

    created_at: Time
    status: str | None = None


class OrderBody(Purchase, kw_only=True):
    """orders/create, orders/paid, orders/updated, orders/cancelled, orders/fulfilled.

    ``total_price`` is what was ordered at first, ``current_total_price`` what is left of it after edits and refunds.
    """

    id: Id
    created_at: Time
    currency: Currency
    total_price: Decimal
    current_total_price: Decimal | None = None
    financial_status: str | None = None
    processed_at: Time | None = None
    updated_at: Time | None = None
    cancelled_at: Time | None = None
    cart_token: OptionalToken = None
    checkout_token: OptionalToken = None
    contact_email: str | None = None
    buyer_accepts_marketing: bool | None = None
    discount_codes: list[DiscountCode] | None = None
    fulfillment_status: str | None = None
    fulfillments: list[Fulfillment] | None = None
    refunds: list[RefundBody] | None = None


class DeletedBody(JsonObject):
    """orders/delete."""

    id: Id


def order(request: WebhookRequest) -> list[WebhookItem]:
    """The profile of the buyer, the order, and its refunds."""
    body, path = unwrapped(request, "order", OrderBody)
    at = _version_at(path, body, request)
    refunds = [
        refund_of(f"{path}.refunds[{n}]", each, at, at, body.currency) for n, each in enumerate(body.refunds or ())
    ]
    found = _order(path, body, at, [each for each in refunds if each])
    email = body.email or body.contact_email
    owner = people.buyer(body, [body.cart_token, body.checkout_token, order_name(str(body.id))], email)
    ticked = Consent(given=True, at=found.placed_at, source=SOURCE.name) if body.buyer_accepts_marketing else None
    return [
        *people.purchase_profile(path, body, found.placed_at, email, owner.without_visits(), ticked),
        InboundFact(found, owner),
        *(InboundFact(refund, owner) for refund in refunds if refund),
    ]


def deleted(request: WebhookRequest) -> list[WebhookItem]:
    """A deleted order counts as cancelled. The customer is found by the order's id."""
    body, _ = unwrapped(request, "order", DeletedBody)
    owner = people.person(None, None, (order_name(str(body.id)),))
    return [InboundFact(Cancellation(str(body.id), people.triggered_at(request)), owner)]


def edited(request: WebhookRequest) -> list[WebhookItem]:
    """Nothing: an edit has no amounts. The order comes with orders/updated, as it is afterwards."""
    return []


def _version_at(path: str, body: OrderBody, request: WebhookRequest) -> datetime:
    """When this version was made. Shopify's own time has whole seconds; within one, that of its event tells more."""
    at = partial(times.moment_of, path, body)
    cancelled_at, fulfilled_at = at("cancelled_at"), _fulfilled_at(path, body)
    known = (_placed_at(path, body), cancelled_at, fulfilled_at)
    return people.within_second(at("updated_at") or max(filter(None, known)), request)


def _placed_at(path: str, body: OrderBody) -> datetime:
    processed_at = times.moment_of(path, body, "processed_at")
    return processed_at or times.moment(f"{path}.created_at", body.created_at)


def _order(path: str, body: OrderBody, at: datetime, refunds: Sequence[Refund]) -> Order:
    cancelled_at = times.moment_of(path, body, "cancelled_at")
    if body.financial_status == "voided":  # the payment that was reserved was never taken
        cancelled_at = cancelled_at or at
    return Order(
        id=str(body.id),
        placed_at=_placed_at(path, body),
        total=_total(path, body, refunds),
        at=at,
        products=carts.products(lines(body.line_items or (), body.currency)),
        cart_id=body.cart_token or body.checkout_token or None,
        fulfilled_at=_fulfilled_at(path, body),
        cancelled_at=cancelled_at,
        coupon=texts.coupon(each.code for each in body.discount_codes or ()),
    )


def _total(path: str, body: OrderBody, refunds: Sequence[Refund]) -> Money:
    """What was ordered, after edits: what is left of it, and what was paid back, which is told by itself."""
    total = amounts.money(f"{path}.total_price", body.total_price, body.currency)
    if body.current_total_price is None:
        return total
    left = amounts.money(f"{path}.current_total_price", body.current_total_price, body.currency)
    paid_back = sum(each.amount for each in refunds if each.currency in (None, body.currency))
    return Money(left.amount + paid_back, body.currency)


def _fulfilled_at(path: str, body: OrderBody) -> datetime | None:
    """When the last parcel was sent, once all are."""
    if body.fulfillment_status != "fulfilled":
        return None
    sent = [
        times.moment(f"{path}.fulfillments[{n}].created_at", each.created_at)
        for n, each in enumerate(body.fulfillments or ())
        if each.status != "cancelled"
    ]
    return max(sent, default=None)


def refund(request: WebhookRequest) -> list[WebhookItem]:
    """A refund of an order, whose buyer is known by the order."""
    body, path = unwrapped(request, "refund", RefundBody)
    found = refund_of(path, body, people.triggered_at(request))
    return [InboundFact(found, people.person(None, None, (order_name(str(body.order_id)),)))] if found else []
