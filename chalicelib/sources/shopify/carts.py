"""Carts and checkouts. A cart does not identify a customer: its token is a visitor's name until a checkout has one."""

from datetime import datetime
from decimal import Decimal

from msgspec import UNSET, Raw, UnsetType

from chalicelib.domain.facts.cart import CartLink, Line
from chalicelib.domain.facts.inbound import InboundFact
from chalicelib.domain.money import Money
from chalicelib.sources.fields import Currency, Time
from chalicelib.sources.reading import amounts, carts, times
from chalicelib.sources.reading.payloads import NULL, Id, JsonObject, OptionalToken, Token, lenient, unwrapped
from chalicelib.sources.shopify import people
from chalicelib.sources.shopify.lines import lines, quantity
from chalicelib.sources.shopify.parts import Price, PriceSet, Purchase
from chalicelib.sources.webhook import WebhookItem, WebhookRequest


class ShownPrice(PriceSet):
    """An amount in the shop's currency, and in the one that the customer sees it in."""

    presentment_money: Price | None = None

    @property
    def shown(self) -> Price:
        """The amount that the customer sees."""
        return self.presentment_money or self.shop_money


class CartLine(JsonObject):
    """A line of a cart; older versions have no prices with a currency."""

    product_id: Raw = NULL
    title: str | None = None
    quantity: Raw = NULL
    price_set: ShownPrice | None = None
    line_price_set: ShownPrice | None = None


class CartBody(JsonObject):
    """carts/create, carts/update."""

    token: Token
    updated_at: Time
    line_items: tuple[CartLine, ...] | UnsetType | None = UNSET


class CheckoutBody(Purchase, kw_only=True):
    """checkouts/create, checkouts/update. ``currency`` is the shop's; its amounts are in ``presentment_currency``."""

    token: Token
    updated_at: Time
    currency: Currency
    total_price: Decimal
    presentment_currency: Currency | None = None
    created_at: Time | None = None
    cart_token: OptionalToken = None
    completed_at: Time | None = None
    abandoned_checkout_url: str | None = None


class DeletedBody(JsonObject):
    """checkouts/delete."""

    cart_token: OptionalToken = None
    token: OptionalToken = None


def cart(request: WebhookRequest) -> list[WebhookItem]:
    """The cart of a visitor, unless it does not say what is in it."""
    body, path = unwrapped(request, "cart", CartBody)
    if not carts.has_lines(request, f"{path}.line_items", body.line_items):
        return []
    found, total = _priced(path, body)
    at = times.moment(f"{path}.updated_at", body.updated_at)
    visitor = people.person(None, None, (body.token,))
    return [InboundFact(carts.cart(body.token, at, total, found), visitor)]


def deleted(request: WebhookRequest) -> list[WebhookItem]:
    """The cart of a deleted checkout is empty; its customer is found by its token."""
    body, _ = unwrapped(request, "checkout", DeletedBody)
    token = body.cart_token or body.token
    if not token:
        return []
    emptied = carts.cart(token, people.triggered_at(request), None, ())
    return [InboundFact(emptied, people.person(None, None, (token,)))]


def _priced(path: str, body: CartBody) -> tuple[list[Line], Money | None]:
    """The lines of a cart, and their total if all are priced in one currency."""
    found, total, currencies = [], 0, set[str | None]()
    for number, each in enumerate(body.line_items or ()):
        where, price = f"{path}.line_items[{number}]", 0
        if each.price_set and each.line_price_set:
            currencies |= {each.price_set.shown.currency_code, each.line_price_set.shown.currency_code}
            price = each.price_set.shown.minor(f"{where}.price_set")
            total += each.line_price_set.shown.minor(f"{where}.line_price_set")
        else:
            currencies.add(None)
        found.append(carts.line(lenient(each.product_id, Id), each.title, quantity(each.quantity), price))
    currency = currencies.pop() if len(currencies) == 1 else None
    return found, Money(total, currency) if currency else None


def checkout(request: WebhookRequest) -> list[WebhookItem]:
    """The cart in a checkout, and the profile of its owner; a completed checkout is an order, which is sent too."""
    body, path = unwrapped(request, "checkout", CheckoutBody)
    at = times.moment(f"{path}.updated_at", body.updated_at)
    created_at: datetime = times.moment_of(path, body, "created_at") or at
    owner = people.buyer(body, [body.cart_token, body.token], body.email)
    if body.completed_at or not carts.has_lines(request, f"{path}.line_items", body.line_items):
        return [*people.purchase_profile(path, body, created_at, body.email, owner)]
    currency = body.presentment_currency or body.currency
    total = amounts.money(f"{path}.total_price", body.total_price, currency)
    found = carts.cart(body.cart_token or body.token, at, total, lines(body.line_items or (), currency))
    profile = people.purchase_profile(path, body, created_at, body.email, owner.without_visits())
    link = CartLink(found.id, created_at, body.abandoned_checkout_url)
    return [*profile, InboundFact(found, owner), *([InboundFact(link, owner)] if link.cleaned().url else [])]
