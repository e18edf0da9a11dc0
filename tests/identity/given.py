"""What the shop's systems tell of people by several names, on the real handlers."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import boto3

import app
from chalicelib.domain.facts.cart import Cart, Line
from chalicelib.domain.facts.consent import Consent, Purpose
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.inbound import Inbound, InboundFact, Person
from chalicelib.domain.facts.order import Order
from chalicelib.domain.figures import counters as tally
from chalicelib.domain.money import Money
from infra.machine import calls
from tests.journeys.shop import Shop

SHOPIFY = "shopify"


def tell(shop: Shop, *inputs: Inbound, past: bool = False) -> int:
    """A source tells these, and everything that follows happens."""
    with calls.handling("app"):  # as the API does
        stored: int = app.parts.ingest(inputs, past=past)
    shop.machine.pump()
    assert shop.machine.failures == []
    return stored


def a_profile(at: datetime, person: Person, **fields: Any) -> InboundFact:
    """Somebody who agreed to marketing."""
    consents = {Purpose.MARKETING: Consent(given=True, at=at)}
    return InboundFact(Customer.reported(at, consents, email=person.email, **fields), person)


def a_cart_of(person: Person, at: datetime, cart: str = "cart-1", pieces: int = 1) -> InboundFact:
    """A cart of one product."""
    lines = (Line("tea", "Tea", pieces, 1250),) if pieces else ()
    return InboundFact(Cart(cart, at, Money(1250 * pieces, "USD"), lines), person)


def an_order_of(person: Person, at: datetime, order: str = "order-1", **more: Any) -> InboundFact:
    """An order."""
    return InboundFact(Order(order, at, Money(2000, "USD"), at, **more), person)


def items() -> dict[str, list[dict[str, Any]]]:
    """All items of the three tables, by the table's short name."""
    settings, found = app.parts.settings, {}
    for short in ("commerce", "engagement", "kpis"):
        pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=getattr(settings, f"{short}_table"))
        found[short] = [item for page in pages for item in page["Items"]]
    return found


def differences(shop: Shop) -> dict[tuple[str, str], int]:
    """Recounted less stored, once all windows are closed: nothing, if the counters are right."""
    shop.after(minutes=5)
    counted: Counter[tuple[str, str]] = Counter(dict(app.parts.counters.kept()))
    for _, item in app.parts.engagement.everything():
        counted.update(tally.counts_of(item))
    stored = {(p, name): n for p, names in app.parts.counters.read().items() for name, n in names.items()}
    return tally.difference(stored, counted)


HOUR, DAY = timedelta(hours=1), timedelta(days=1)
