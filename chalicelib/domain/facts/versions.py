"""Which version of a fact counts, and how several are joined; their order of arrival does not matter. A profile joins
itself, field by field (``customer``) and consent by consent (``consent``).

``text`` is always the fact as it is stored, as JSON without what is unknown: of two versions of one time, the longer
counts.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.cart_changes import cart_of
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.launch import Launch
from chalicelib.domain.facts.order import Order
from chalicelib.domain.time import to_text

Text = Callable[[Fact], str]


def version_of(fact: Fact, text: str) -> str:
    """The version as text that sorts as versions do; two versions with the same content are the same.

    The later one counts. At one time, the one that ends more (withdrawn, cancelled, fulfilled; fulfilled later) counts,
    else the longer one.
    """
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return f"{to_text(fact.version_at)}#{_finality(fact)}#{len(text):06d}#{digest}"


def is_partial(fact: Fact) -> bool:
    """Whether this version is only a part of the fact, to be joined with the stored one."""
    match fact:
        case Customer():
            return True
        case Cart():
            return fact.parts is not None
        case Order():
            return bool(fact.repeats)
        case _:
            return False


def joined(one: Fact, other: Fact, text: Text) -> Fact:
    """Two versions of a fact joined; their order does not matter."""

    def version(fact: Fact) -> str:
        return version_of(fact, text(fact))

    match one, other:
        case Customer(), Customer():
            return one.joined(other)
        case Cart(), Cart():
            wholes = [cart.parts.whole if cart.parts else cart for cart in (one, other)]
            whole = max((cart for cart in wholes if cart), key=version, default=None)
            changes = [each for cart in (one, other) if cart.parts for each in cart.parts.changes]
            past = [cart for cart in (one, other) if not cart.parts or (whole and cart.at < whole.at)]
            return _emptied(cart_of(one.id, whole, changes), [cart.last_empty for cart in past])
        case Order(repeats=True), Order(repeats=True):
            return min(one, other, key=version)
        case Order(repeats=True), Order():
            return other
        case Order(), Order(repeats=True):
            return one
        case _:
            return max(one, other, key=version)


def _emptied(cart: Cart, before: Iterable[datetime | None]) -> Cart:
    """The cart with the latest time before its own at which it was empty."""
    known = [at for at in (cart.emptied_at, *before) if at and at < cart.at]
    return replace(cart, emptied_at=max(known)) if known else cart


def decides_at(fact: Fact) -> datetime:
    """The time by which a version decides whose a cart or an order is: of one time, the one that ends more is later."""
    return fact.at + _level(fact) * timedelta(milliseconds=1) if isinstance(fact, Order) else fact.at


def _finality(fact: Fact) -> str:
    match fact:
        case Launch(withdrawn=True):
            return "1"
        case Order():
            return f"{_level(fact)}{to_text(fact.fulfilled_at) if fact.fulfilled_at else ''}"
        case _:
            return "0"


def _level(order: Order) -> int:
    return 2 * bool(order.cancelled_at) + bool(order.fulfilled_at)
