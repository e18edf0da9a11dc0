"""Messages about carts.

A message with all of a cart's products replaces the cart; ``Product Added`` and ``Product Removed`` change it. The
result does not depend on the order in which messages arrive.
"""

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.domain.facts.cart import LineChange
from chalicelib.domain.facts.cart_changes import changed
from chalicelib.domain.facts.inbound import InboundFact
from chalicelib.domain.money import NO_CURRENCY, Money
from chalicelib.sources.reading import carts
from chalicelib.sources.segment.bodies import CartProperties
from chalicelib.sources.segment.event import SegmentEvent
from chalicelib.sources.segment.values import currency_of, id_in, line, lines, own_id, price, product_id, total_of
from chalicelib.sources.webhook import UnusedTopic, WebhookItem

LONGEST_IN_CHANGE = 300
"""Bytes of JSON of a product's id and of its name in a change: a hundred changes of a cart are stored together."""
SIGNS = {"Product Added": 1, "Product Removed": -1}


def cart(event: SegmentEvent) -> Sequence[WebhookItem]:
    """The whole cart, or a change of it."""
    found: CartProperties = event.properties(CartProperties)
    cart_id = id_in(found.cart_id) or id_in(found.checkout_id) or id_in(found.order_id)
    if cart_id is None or found.products is None:
        return _change(event, cart_id, found)
    path = event.properties_path
    currency = currency_of(path, found)
    of_cart = lines(path, found.products, currency)
    total = total_of(path, found, currency)
    is_whole = len(of_cart) == len(found.products)
    if total is None and currency and is_whole and all(price(each, currency) is not None for each in found.products):
        total = Money(sum(each.price * each.quantity for each in of_cart), currency)
    return [*event.address(), InboundFact(carts.cart(cart_id, event.at, total, of_cart), event.person)]


def _change(event: SegmentEvent, cart_id: str | None, found: CartProperties) -> Sequence[WebhookItem]:
    """One product added or removed; not used if the message does not name the cart or the product."""
    path, name = event.properties_path, event.message.event or ""
    currency = currency_of(path, found)
    of_product = line(path, found, currency)
    pieces = SIGNS.get(name, 0) * of_product.quantity
    if cart_id is None or not pieces or not (product_id(found) or found.name):
        return [UnusedTopic(name)]
    change_id = id_in(event.message.message_id) or own_id(f"{name} {of_product.product}") or ""
    priced_in = currency if currency and price(found, currency) is not None else NO_CURRENCY
    product, label = (carts.cut(text, LONGEST_IN_CHANGE) for text in (of_product.product, of_product.name))
    change = LineChange(
        change_id, event.at, replace(of_product, product=product, name=label, quantity=pieces), priced_in
    )
    return [*event.address(), InboundFact(changed(cart_id, change), event.person)]
