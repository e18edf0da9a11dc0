"""Moves facts between customers in the ``commerce`` table: after a merge, or when a cart changes its owner."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

from chalicelib.adapters.dynamodb import bearers, items, keys
from chalicelib.adapters.dynamodb.bearers import BearerStore
from chalicelib.adapters.dynamodb.facts import IS_NEWER, IS_UNCHANGED, FactStore
from chalicelib.adapters.dynamodb.names import NameStore
from chalicelib.adapters.dynamodb.splits import stay_apart
from chalicelib.adapters.dynamodb.table import IS_NEW, Table
from chalicelib.adapters.dynamodb.tellers import tellers_in
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.facts.cart import Cart, CartLink
from chalicelib.domain.facts.customer import Customer, Merged
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.inbound import BEARER_NAME, MERGED_NAME, Known, is_of, is_thing, order_of
from chalicelib.domain.facts.order import Cancellation, Order, Refund
from chalicelib.domain.facts.versions import decides_at


class MoveStore:
    """Moves facts between customers; every step may be repeated."""

    def __init__(self, table: Table, facts: FactStore, names: NameStore, bearing: BearerStore) -> None:
        self._table = table
        self._facts = facts
        self._names = names
        self._bearers = bearing

    def merge(self, customer: str, into: Known, at: datetime) -> None:
        """Record a customer's merge into an older one, who has their facts at once; the stream moves the rest.

        Raises ``Unavailable`` while one of the two is being split.
        """
        stay_apart(self._table, customer, into.customer)
        self._table.put(keys.known_by(into.customer, MERGED_NAME, customer))
        with suppress(Conflict):  # it is there already, perhaps because the merge is over
            self._table.put(keys.absorbs(into.customer, customer), IS_NEW)
        merged = Merged(into.customer, into.since, at)
        if not self._facts.put_once(customer, merged) and self._names.merged(customer) != into:
            self._table.delete(keys.absorbs(into.customer, customer))  # merged elsewhere first

    def copy(self, customer: str, into: Known) -> list[tuple[str, str]]:
        """Copy a merged customer's facts and names to the older customer; returns what was copied, with versions."""
        stay_apart(self._table, customer, into.customer, is_last=True)
        self._names.redirect(customer, into)
        for kind, digest in self._names.names_of(customer):
            if kind == BEARER_NAME:
                self._bearers.replace(digest, customer, into.customer)
        copied = []
        for item in self._table.partition(keys.customer(customer)):
            sk = item["sk"]
            if isinstance(fact := items.fact_of(item), Customer | Cart | Order):
                self._facts.put(into.customer, fact, past="past" in item, by=tellers_in(item))
            elif sk.startswith(keys.COBEARERS):
                address_hash, other = keys.shared(sk)
                strangers = {other} if bearers.IS_STRANGER in item else ()
                self._bearers.link(into.customer, {other} - {into.customer}, address_hash, strangers=strangers)
            elif sk != keys.MERGED and not sk.startswith((keys.ABSORBS, keys.APART)):
                with suppress(Conflict):
                    moved = {**item, "pk": keys.customer(into.customer)}
                    self._table.put(moved, IS_NEWER, {":version": item["version"]})
            if "version" in item and sk != keys.MERGED:
                copied.append((sk, item["version"]))
        return copied

    def leave(self, customer: str, into: Known, copied: Iterable[tuple[str, str]], until: datetime) -> None:
        """Remove the copied items, unless they changed since, and end the merge; a record of the merge stays.

        Until ``until`` the older customer's facts still include what is stored here: by somebody who looked the
        customer up before the merge.
        """
        for sk, version in copied:
            key = {"pk": keys.customer(customer), "sk": sk}
            self._table.delete_if(key, IS_UNCHANGED, {":version": version})
        over = {items.OVER: True, "expires_at": int(until.timestamp())}
        self._table.put({**keys.absorbs(into.customer, customer), **over})

    def updated_at(self, customer: str, visitor: str) -> datetime | None:
        """The time of the last version of the cart or order with this visitor's name; None if the customer has none."""
        self._check_whole(customer, visitor)
        found = (fact for _, fact in self._named(customer, visitor) if isinstance(fact, Cart | Order))
        return max(map(decides_at, found), default=None)

    def hand_over(self, customer: str, into: str, visitor: str) -> None:
        """Move the cart or order with this visitor's name to the customer who owns it."""
        self._check_whole(customer, visitor)
        for item, fact in [*self._named(customer, visitor), *self._beside(customer, visitor)]:
            self._facts.put(into, fact, past="past" in item, by=tellers_in(item))
            self._table.delete_if(items.key_of(item), IS_UNCHANGED, {":version": item["version"]})

    def _check_whole(self, customer: str, visitor: str) -> None:
        """Raise ``Unavailable`` while what bears this name may still be with a customer who is being merged."""
        absorbed = self._table.partition(keys.customer(customer), keys.ABSORBS) if is_thing(visitor) else ()
        if any(map(items.is_merging, absorbed)):
            raise Unavailable("a customer who is being merged")

    def _named(self, customer: str, visitor: str) -> Iterator[tuple[dict[str, Any], Fact]]:
        """The cart and the link to it, or the order and its cancellation, of this visitor's name, each by its key.

        Anybody can tell very many carts, and as often whose they are: reading all each time would cost too much.
        """
        order = order_of(visitor)
        kinds = (Cart.kind, CartLink.kind) if order is None else (Order.kind, Cancellation.kind)
        pk = keys.customer(customer)
        if is_thing(visitor):
            found = self._table.batch_get([{"pk": pk, "sk": keys.fact(kind, order or visitor)} for kind in kinds])
            yield from self._of(found, visitor)

    def _beside(self, customer: str, visitor: str) -> Iterator[tuple[dict[str, Any], Fact]]:
        """The refunds of the order with this visitor's name."""
        if order_of(visitor) is not None:
            yield from self._of(self._table.partition(keys.customer(customer), keys.fact(Refund.kind)), visitor)

    def _of(self, stored: Iterable[dict[str, Any]], visitor: str) -> Iterator[tuple[dict[str, Any], Fact]]:
        for item in stored:
            if (fact := items.fact_of(item)) and is_of(fact, visitor):
                yield item, fact
