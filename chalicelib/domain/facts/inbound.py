"""What the shop's systems report, and about whom, as each of them names a person."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.domain.facts.address import normal
from chalicelib.domain.facts.cart import Cart, CartLink
from chalicelib.domain.facts.fact import FAST_CLOCK, Fact
from chalicelib.domain.facts.order import Cancellation, Order, Refund

SHOP = "shop"
"""The source of ids that are the shop's own, and not those of a shop system."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person as one source names them.

    ``id`` is the source's own id of an account: it is one person's alone. So is an address that the source vouches for
    (``is_verified``): two customers who share one of these are one. Any other address is a claim: an account's joins
    it with nobody. Without an ``id`` the person is a guest, and the address is all that they are.
    ``is_public``: anybody could have said this (the source's key is in the shop's pages), so every address is a claim.
    ``is_typed``: the address was typed in at a checkout, so no source can vouch for it.

    ``visitors`` are names that only a browser or a cart bears (a cart's token, an anonymous id): they lead to the
    person who was last known by them, and never make one of two. A cart's own id, and ``order_name`` of an order's,
    are such names too: then that very thing is the person's who was last known by it.
    ``former``: ids of accounts that the source has merged into this one.
    """

    source: str
    id: str | None = None
    email: str | None = None
    visitors: tuple[str, ...] = ()
    is_verified: bool = False
    is_public: bool = False
    is_typed: bool = False
    former: tuple[str, ...] = ()

    @property
    def is_proved(self) -> bool:
        """Whether the address is this person's alone: the source vouches for it, or it is all that a guest is."""
        return self.is_verified or self.is_guest

    @property
    def is_guest(self) -> bool:
        """Whether the person is an address, and nothing else is known of them."""
        return self.id is None and self.email is not None and not self.is_public

    @property
    def own_name(self) -> str:
        """The id of an account, or a guest's address in its normal form; empty for neither."""
        return self.id or (normal(self.email) if self.email else "")

    def trusted(self, sources: Collection[str]) -> Person:
        """The same; a source among these vouches for every address of its accounts, and only it speaks for them."""
        if self.source not in sources:
            return self
        return replace(self, is_verified=self.is_verified or not self.is_typed, is_public=False)

    def without_visits(self) -> Person:
        """The same by the names that are theirs alone, if there are any: the fact is about them, and about no cart."""
        return replace(self, visitors=()) if self.id is not None or self.email is not None else self


ID_NAME = "id"
"""The kind of the name that a source's own id of an account is."""
EMAIL_NAME = "email"
"""The kind of the name that an e-mail address is."""
FORMER_NAME = "former"
"""The kind of the name that the id of an account is which was merged into another one."""
CLAIM_NAME = "claim"
"""The kind of the name that an address is to a source whose words prove nothing: it leads to nobody else."""
BEARER_NAME = "bearer"
"""The kind of the name that an address is for a customer who claims it: it does not lead to them."""
MERGED_NAME = "merged"
"""The kind of the name that a merged customer's former key is."""
VISIT_NAME = "visit"
"""The kind of a visitor's name."""
Name = tuple[str, str]
"""``(kind, hash)`` of a name that a source has for someone."""


class Names(NamedTuple):
    """A person's names: those that are one person's alone (the address last), and those of their visits.

    ``claim``: the address that they only claim to have.
    """

    own: tuple[Name, ...]
    visits: tuple[Name, ...]
    claim: Name | None = None


class Known(NamedTuple):
    """The customer who is known by a name, and since when that customer is known at all."""

    customer: str
    since: datetime


@dataclass(frozen=True, slots=True)
class InboundFact:
    """A valid fact and whom it is about; a launch is about nobody.

    ``is_end``: it tells that the account was deleted. One that was merged into another has gone on there.
    """

    fact: Fact
    person: Person | None = None
    is_end: bool = False

    def trusted(self, sources: Collection[str]) -> InboundFact:
        """The same; a source among these vouches for its addresses."""
        return replace(self, person=self.person.trusted(sources)) if self.person else self


@dataclass(frozen=True, slots=True)
class ErasureRequest:
    """Someone asks to be forgotten."""

    person: Person

    def trusted(self, sources: Collection[str]) -> ErasureRequest:
        """The same; a source among these vouches for its addresses."""
        return replace(self, person=self.person.trusted(sources))


@dataclass(frozen=True, slots=True)
class AccountsMerged:
    """The source has merged accounts into one: they were one person's."""

    person: Person

    def trusted(self, sources: Collection[str]) -> AccountsMerged:
        """The same: ids are proofs."""
        return self


Inbound = InboundFact | ErasureRequest | AccountsMerged


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


_ORDER, _BROWSER = "order#", "browser#"


def order_name(order_id: str) -> str:
    """The name that an order bears as a visitor, so that what is reported of it apart finds its owner.

    No cart has it: ids have no ``#``.
    """
    return f"{_ORDER}{order_id}"


def order_of(visitor: str) -> str | None:
    """The id of the order that bears this name; None for the name of anything else."""
    return visitor.removeprefix(_ORDER) if visitor.startswith(_ORDER) else None


def browser_name(anonymous_id: str) -> str:
    """The name of a browser, whose id may be any text: no cart or order has it."""
    return f"{_BROWSER}{anonymous_id}"


def is_thing(visitor: str) -> bool:
    """Whether it is the name of a cart or an order, and not of a browser."""
    return not visitor.startswith(_BROWSER)


def is_of(fact: Fact, visitor: str) -> bool:
    """Whether a fact is about the very thing that bears a visitor's name: a cart, or an order and its refunds."""
    match fact:
        case Cart(id=cart_id) | CartLink(cart_id=cart_id):
            return visitor == cart_id
        case Order(id=order_id) | Refund(order_id=order_id) | Cancellation(order_id=order_id):
            return visitor == order_name(order_id)
        case _:
            return False
