"""What the shop's systems report, and about whom, as each of them names a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.fact import FAST_CLOCK, Fact
from chalicelib.domain.facts.order import Cancellation, Order, Refund

SHOP = "shop"
"""The source of ids that are the shop's own, and not those of a shop system."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person as one source names them.

    ``id`` is the source's own id of a customer, ``email`` their address: each of these is one person's alone, so two
    customers who share one are one. ``visitors`` are names that only a browser or a cart bears (a cart's token, an
    anonymous id): they lead to the person who was last known by them, and never make one of two. A cart's own id, and
    ``order:`` with an order's, are such names too: then that very thing is the person's who was last known by it.
    """

    source: str
    id: str | None = None
    email: str | None = None
    visitors: tuple[str, ...] = ()

    def without_visits(self) -> Person:
        """The same by the names that are theirs alone, if there are any: the fact is about them, and about no cart."""
        return replace(self, visitors=()) if self.id is not None or self.email is not None else self


EMAIL_NAME = "email"
"""The kind of the name that an e-mail address is."""
MERGED_NAME = "merged"
"""The kind of the name that a merged customer's former key is."""
VISIT_NAME = "visit"
"""The kind of a visitor's name."""
Name = tuple[str, str]
"""``(kind, hash)`` of a name that a source has for someone."""


class Names(NamedTuple):
    """A person's names: those that are one person's alone (the address last), and those of their visits."""

    own: tuple[Name, ...]
    visits: tuple[Name, ...]


class Known(NamedTuple):
    """The customer who is known by a name, and since when that customer is known at all."""

    customer: str
    since: datetime


@dataclass(frozen=True, slots=True)
class InboundFact:
    """A valid fact and whom it is about; a launch is about nobody."""

    fact: Fact
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class ErasureRequest:
    """Someone asks to be forgotten."""

    person: Person


Inbound = InboundFact | ErasureRequest


def not_ahead(arrived: Iterable[Inbound], now: datetime) -> list[Inbound]:
    """What arrived together at ``now``, without times ahead of it: a local time that is taken for UTC may be one.

    Those facts are as of now. They keep their order: the last one has ``now``, each one before a millisecond less.
    """
    everything, latest = list(arrived), now + FAST_CLOCK
    ahead = sorted({each.fact.at for each in everything if isinstance(each, InboundFact) and each.fact.at > latest})
    clamped = {at: now - n * timedelta(milliseconds=1) for n, at in enumerate(reversed(ahead))}
    return [
        replace(each, fact=each.fact.clamped(latest, clamped.get(each.fact.at, now)))
        if isinstance(each, InboundFact)
        else each
        for each in everything
    ]


def order_name(order_id: str) -> str:
    """The name that an order bears as a visitor, so that what is reported of it apart finds its owner."""
    return f"order:{order_id}"


def is_of(fact: Fact, visitor: str) -> bool:
    """Whether a fact is about the very thing that bears a visitor's name: a cart, or an order and its refunds."""
    match fact:
        case Cart(id=cart_id):
            return visitor == cart_id
        case Order(id=order_id) | Refund(order_id=order_id) | Cancellation(order_id=order_id):
            return visitor == order_name(order_id)
        case _:
            return False
