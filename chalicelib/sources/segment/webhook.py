"""Segment: its e-commerce spec (version 2), ``identify`` and requests for deletion; one message, or a batch.

What is told must not depend on the order in which messages arrive. A message with all of a cart's products tells the
cart; ``Product Added`` and ``Product Removed`` tell what changed since. An order is told by ``Order Completed`` alone:
``Order Updated`` does not say when it was placed.
"""

import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from msgspec import UNSET, Raw

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.cart import LineChange
from chalicelib.domain.facts.cart_changes import changed
from chalicelib.domain.facts.consent import Consent
from chalicelib.domain.facts.inbound import ErasureRequest, InboundFact, Person
from chalicelib.domain.facts.order import Cancellation, Order, Refund
from chalicelib.domain.money import NO_CURRENCY, Money
from chalicelib.domain.time import is_zone
from chalicelib.sources import reading
from chalicelib.sources.bodies import decoded
from chalicelib.sources.reading import Time
from chalicelib.sources.segment.bodies import (
    NOTHING,
    CartProperties,
    Context,
    Message,
    Messages,
    OrderProperties,
    Place,
    RefundProperties,
    Traits,
)
from chalicelib.sources.segment.reading import amount, own_id, price, told_currency
from chalicelib.sources.segment.reading import line as told_line
from chalicelib.sources.segment.reading import lines as told_lines
from chalicelib.sources.webhook import Delivery, Heard, Post, Source, Unknown, is_same

NAME = "segment"
SILENT = frozenset(("page", "screen", "group", "alias"))
"""The types of messages that tell nothing of a shop's customers."""
MAILS = frozenset(("marketing", "emailmarketing"))
"""The categories of consent that are about mails, by their letters alone."""
LONGEST_CHANGED = 300
"""Bytes of JSON of a product and of its name, where a change tells them: a hundred changes are kept together."""
CHANGES = {"Product Added": 1, "Product Removed": -1}
WHOLE = reading.MOST_AMOUNT
"""A refund of which no amount is told is of the whole order: it never counts for more than that."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message of a kind that is known: where it stands in the body, whom it is about, and when it was."""

    path: str
    message: Message
    context: Context
    person: Person
    at: datetime

    def properties(self, kind: Any) -> Any:
        """Its properties, as this type; raises ``InvalidFact``."""
        return decoded(self.message.properties, kind, f"{self.path}.properties")

    def about(self, order_id: str) -> Person:
        """Whoever this order is of: later messages of it need not name them."""
        return replace(self.person, visitors=(*self.person.visitors, f"order:{order_id}"))


def is_signed(post: Post, secrets: Sequence[str]) -> bool:
    """Whether a signature is the whole body's HMAC-SHA1, in hexadecimal digits.

    ``X-Signature`` of a batch may be its first message's alone, which says nothing of the others: that is none here.
    """
    given = [post.header(name) for name in ("x-segment-signature", "x-signature")]
    digests = [hmac.digest(secret.encode(), post.body, "sha1").hex() for secret in secrets]
    return any(is_same(digest, each) for digest in digests for each in given)


def read(post: Post) -> Delivery:
    """What a message or a batch tells; it is known again by the messages' own ids."""
    heard: list[Heard] = []
    ids = []
    for path, raw in _messages(post.body):
        message: Message = decoded(raw, Message, path)
        heard += _heard(path, message)
        ids.append(message.message_id)
    return Delivery(" ".join(map(str, ids)) if ids and all(ids) else None, heard)


def _messages(body: bytes) -> list[tuple[str, Raw | bytes]]:
    """The messages of a body, with their paths: one, ``{"batch": [...]}``, or a list."""
    if body.lstrip()[:1] == b"[":
        return [(f"$[{n}]", raw) for n, raw in enumerate(decoded(body, Messages))]
    fields: dict[str, Raw] = decoded(body, dict[str, Raw])
    if "batch" in fields:
        return [(f"$.batch[{n}]", raw) for n, raw in enumerate(decoded(fields["batch"], Messages, "$.batch"))]
    return [("$", body)]


def _heard(path: str, message: Message) -> Sequence[Heard]:
    kind = (message.event or "") if message.type == "track" else message.type
    if message.type in SILENT:
        return []
    if kind not in KINDS:
        return [Unknown(kind)]
    context: Context = decoded(message.context, Context | None, f"{path}.context") or Context()
    at = reading.moment(f"{path}.timestamp", decoded(message.timestamp, Time, f"{path}.timestamp"))
    email = reading.address(context.traits.email) if context.traits else None
    user, visitor = message.user_id, message.anonymous_id
    person = Person(NAME, str(user) if user else None, email, (str(visitor),) if visitor else ())
    return KINDS[kind](Said(path, message, context, person, at))


def _identify(said: Said) -> Sequence[Heard]:
    traits: Traits = decoded(said.message.traits, Traits | None, f"{said.path}.traits") or Traits()
    email, zone = reading.address(traits.email), said.context.timezone
    profile = reading.profile(
        said.at,
        _consent(said),
        email or UNSET,
        name=reading.name(traits.name) or reading.name(traits.first_name, traits.last_name),
        language=reading.language(said.context.locale),
        country=reading.country(traits.address.country if isinstance(traits.address, Place) else None),
        zone=zone if zone and is_zone(zone) else None,
    )
    return reading.told_of(replace(said.person, email=email or said.person.email), profile)


def _consent_updated(said: Said) -> Sequence[Heard]:
    return reading.told_of(said.person, reading.profile(said.at, _consent(said)))


def _consent(said: Said) -> Consent | None:
    """The word on mails, where a category of that name is among the preferences; a refusal, if there are several."""
    given = said.context.consent.category_preferences if said.context.consent else None
    words = [value for name, value in (given or {}).items() if re.sub("[^a-z]", "", name.lower()) in MAILS]
    return Consent(all(words), said.at, NAME) if words else None


def _cart(said: Said) -> Sequence[Heard]:
    found: CartProperties = said.properties(CartProperties)
    cart_id = own_id(found.cart_id) or own_id(found.checkout_id) or own_id(found.order_id)
    if cart_id is None or found.products is None:
        return _changed(said, cart_id, found)
    path = f"{said.path}.properties"
    currency = told_currency(path, found.currency)
    lines = told_lines(path, found.products, currency)
    total = _told_amount(path, found, currency)
    if total is None and currency and all(price(each, currency) is not None for each in found.products):
        total = Money(sum(each.price * each.quantity for each in lines), currency)
    return [*_address(said), InboundFact(reading.cart(cart_id, said.at, total, lines), said.person)]


def _changed(said: Said, cart_id: str | None, found: CartProperties) -> Sequence[Heard]:
    """One product more or less; unknown is what does not say in which cart, or which product."""
    path, event = f"{said.path}.properties", said.message.event or ""
    currency = told_currency(path, found.currency)
    line = told_line(path, found, currency)
    pieces = CHANGES.get(event, 0) * line.quantity
    if cart_id is None or not pieces or not (found.product_id or found.sku or found.name):
        return [Unknown(event)]
    word = own_id(said.message.message_id) or own_id(f"{event} {line.product}") or ""
    priced_in = currency if currency and price(found, currency) is not None else NO_CURRENCY
    product, name = (reading.cut(text, LONGEST_CHANGED) for text in (line.product, line.name))
    change = LineChange(word, said.at, replace(line, product=product, name=name, quantity=pieces), priced_in)
    return [*_address(said), InboundFact(changed(cart_id, change), said.person)]


def _completed(said: Said) -> Sequence[Heard]:
    found: OrderProperties = said.properties(OrderProperties)
    path, order_id = f"{said.path}.properties", _order_id(said, found)
    currency = told_currency(path, found.currency)
    if currency is None:
        raise InvalidFact(f"{path}.currency", "is required")
    total = _told_amount(path, found, currency)
    if total is None:
        raise InvalidFact(f"{path}.total", "is required")
    products = [each.product for each in told_lines(path, found.products or [], currency)]
    order = Order(
        id=order_id,
        placed_at=said.at,
        total=total,
        at=said.at,
        products=tuple(dict.fromkeys(products))[:500],
        cart_id=own_id(found.cart_id) or own_id(found.checkout_id) or order_id,
        coupon=reading.coupon([found.coupon]),
        repeats=True,
    )
    return [*_address(said), InboundFact(order, said.about(order.id))]


def _refunded(said: Said) -> Sequence[Heard]:
    found: RefundProperties = said.properties(RefundProperties)
    path, order_id = f"{said.path}.properties", _order_id(said, found)
    currency = told_currency(path, found.currency)
    if currency is None and found.total != NOTHING:
        raise InvalidFact(f"{path}.currency", "is required")
    total = _told_amount(path, found, currency)
    refund_id = own_id(said.message.message_id) or said.at.isoformat()
    refund = Refund(order_id, refund_id, said.at, total.amount if total else WHOLE)
    return [InboundFact(refund, said.about(order_id))]


def _cancelled(said: Said) -> Sequence[Heard]:
    order_id = _order_id(said, said.properties(RefundProperties))
    return [InboundFact(Cancellation(order_id, said.at), said.about(order_id))]


def _delete(said: Said) -> Sequence[Heard]:
    """Of whoever is named: somebody at a browser is not enough, since nobody can be remembered again."""
    return [ErasureRequest(said.person)] if said.person.id or said.person.email else []


def _nothing(said: Said) -> Sequence[Heard]:
    return []


def _address(said: Said) -> list[InboundFact]:
    """A guest's address comes with what they do."""
    return reading.told_of(said.person, reading.profile(said.at, email=said.person.email or UNSET))


def _order_id(said: Said, found: OrderProperties | RefundProperties) -> str:
    if (order_id := own_id(found.order_id)) is None:
        raise InvalidFact(f"{said.path}.properties.order_id", "is required")
    return order_id


def _told_amount(
    path: str, found: CartProperties | OrderProperties | RefundProperties, currency: str | None
) -> Money | None:
    """The first that is told of the total, the value and the revenue (which leaves out tax and shipping)."""
    for field in ("total", "value", "revenue"):
        if currency and (value := amount(f"{path}.{field}", getattr(found, field, NOTHING), currency)) is not None:
            return Money(value, currency)
    return None


KINDS: dict[str, Callable[[Said], Sequence[Heard]]] = {
    "identify": _identify,
    "delete": _delete,
    "Segment Consent Preference Updated": _consent_updated,
    **dict.fromkeys(("Cart Viewed", "Checkout Started", "Product Added", "Product Removed"), _cart),
    "Order Completed": _completed,
    "Order Refunded": _refunded,
    "Order Cancelled": _cancelled,
    "Order Updated": _nothing,
}
SOURCE = Source(is_signed, read)
