"""Names in the ``commerce`` table: aliases map keyed hashes to customers."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.bearers import customers_in
from chalicelib.adapters.dynamodb.table import IS_NEW, Table, is_own
from chalicelib.adapters.identity import Identity
from chalicelib.domain.channel import Channel
from chalicelib.domain.errors import Ambiguous, Conflict
from chalicelib.domain.facts.address import normal
from chalicelib.domain.facts.customer import Customer, Merged
from chalicelib.domain.facts.inbound import BEARER_NAME, EMAIL_NAME, MERGED_NAME, VISIT_NAME, Known, Name, Person
from chalicelib.domain.time import NEVER, from_text, to_text

LEADING_NOWHERE = (MERGED_NAME, BEARER_NAME)
"""Kinds of names that are no aliases."""
IS_LATER = "attribute_not_exists(pk) OR since < :since OR (since = :since AND customer < :customer)"


class NameStore:
    """Names in DynamoDB, and the customers they refer to."""

    def __init__(self, table: Table, identity: Identity, id_sources: Callable[[], Iterable[str]]) -> None:
        """``id_sources`` returns the sources that customers' ids may come from; it is called for each look-up."""
        self._table = table
        self._identity = identity
        self._id_sources = id_sources

    def known(self, names: Iterable[Name]) -> dict[Name, Known]:
        """The customers of those names that are known."""
        return self.look_up(names, None)[0]

    def look_up(self, names: Iterable[Name], claim: Name | None) -> tuple[dict[Name, Known], dict[str, bool]]:
        """The customers of those names that are known, the claimed address among them, and who else claims that.

        Of each of these: whether they are a stranger.
        """
        wanted = {keys.alias(*name)["pk"]: name for name in names}
        bearers = keys.alias(BEARER_NAME, claim[1]) if claim else None
        if claim:
            wanted[keys.alias(*claim)["pk"]] = claim
        others = [bearers] if bearers else []
        found = self._table.batch_get([*({"pk": pk, "sk": keys.ALIAS} for pk in wanted), *others])
        known = {
            wanted[item["pk"]]: Known(item["customer"], from_text(item["since"]))
            for item in found
            if item["pk"] in wanted
        }
        return known, next((customers_in(item) for item in found if item["pk"] not in wanted), {})

    def remember(self, name: Name, known: Known) -> Known:
        """Map a name to a customer unless it has one already; returns the name's customer."""
        self._table.put(keys.known_by(known.customer, *name))  # first, so that an erasure misses no name
        try:
            self._table.put({**keys.alias(*name), **_known(known)}, IS_NEW)
        except Conflict:
            return self.known([name]).get(name, known)
        return known

    def point(self, visit: Name, customer: str, at: datetime, *, again: bool = False) -> bool:
        """Map a visitor's name to a customer from ``at`` on; False if it was mapped to one later already.

        ``again``: it was mapped to this one before.
        """
        if not again:
            self._table.put(keys.known_by(customer, *visit))
        item = {**keys.alias(*visit), **_known(Known(customer, at))}
        try:
            self._table.put(item, IS_LATER, {":since": item["since"], ":customer": customer})
        except Conflict as conflict:
            return is_own(conflict, item)
        return True

    def merged(self, customer: str) -> Known | None:
        """The customer into whom this one was merged, if any."""
        item = self._table.get({"pk": keys.customer(customer), "sk": keys.MERGED})
        if item is None:
            return None
        merged = items.read(item["fact"], Merged)
        return Known(merged.into, merged.since)

    def merged_among(self, customers: Iterable[str]) -> frozenset[str]:
        """Those of the customers who were merged into others."""
        found = self._table.batch_get([{"pk": keys.customer(each), "sk": keys.MERGED} for each in customers])
        return frozenset(keys.customer_of(item["pk"]) for item in found)

    def are_apart(self, one: str, other: str) -> bool:
        """Whether one of these was split off from the other: no name joins them."""
        return self._table.get(keys.apart(one, other)) is not None

    def names_of(self, customer: str) -> list[Name]:
        """All names of a customer."""
        return [name_of(item["sk"]) for item in self._table.partition(keys.names(customer), keys.KNOWN)]

    def find(self, text: str) -> str | None:
        """The customer that ``text`` names, or None: an address, a key, or a source's own id.

        An address that nobody has is that of the only customer who is written to there, or who claims it and has no
        other. An id may name its source (``shopify:123``). For a merged customer it is the one they were merged into.
        Raises ``Ambiguous`` for an id or an address that several customers have.
        """
        names = self._names_in(text)
        address = names[text] if names[text][0] == EMAIL_NAME else None
        known, claiming = self.look_up(names.values(), address)
        found = {each: self._last(known[name].customer) for each, name in names.items() if name in known}
        if not found:  # nobody's own address
            found = self._claiming(claiming, text)
        if len(set(found.values())) > 1:
            raise Ambiguous(text, list(found))
        if not found and next(self._table.partition(keys.customer(text)), None):
            return self._last(text)
        return next(iter(found.values()), None)

    def named(self, text: str) -> Name | None:
        """The name that ``text`` is, an address or a source's own id, if it is somebody's own. Raises ``Ambiguous``."""
        names = self._names_in(text)
        known = self.known(names.values())
        found = {each: name for each, name in names.items() if name in known}
        if len(found) > 1:
            raise Ambiguous(text, list(found))
        return next(iter(found.values()), None)

    def _names_in(self, text: str) -> dict[str, Name]:
        """What a text may name, by an unmistakable text for it: an address, or an id of any source."""
        source, _, own_id = text.partition(":")
        sources = tuple(self._id_sources())
        people = {text: Person("", email=text)} | {f"{each}:{text}": Person(each, id=text) for each in sources}
        if source in sources:
            people[text] = Person(source, id=own_id)
        return {each: self._identity.names(person).own[0] for each, person in people.items()}

    def _claiming(self, claiming: Iterable[str], address: str) -> dict[str, str]:
        """Those who are written to at an address that they claim, or else those of whom no address is known."""
        customers = set(map(self._last, claiming))
        stored = self._table.batch_get([{"pk": keys.customer(each), "sk": keys.PROFILE} for each in customers])
        profiles = (items.read(item["fact"], Customer) for item in stored)
        known = {profile.key: profile.address(Channel.EMAIL) for profile in profiles}
        there = {each for each, written_to in known.items() if written_to and normal(written_to) == normal(address)}
        found = there or {each for each in customers if known.get(each) is None}
        return {each: each for each in sorted(found)}

    def last(self, known: Known) -> Known:
        """The customer into whom this one was merged, if any. (Merges always lead to an older one: no cycle.)"""
        while into := self.merged(known.customer):
            known = into
        return known

    def _last(self, customer: str) -> str:
        return self.last(Known(customer, NEVER)).customer

    def visits(self, visitors: Iterable[str]) -> list[Name]:
        """The names that carts and orders have, whichever of the sources they are of."""
        sources, known = tuple(self._id_sources()), tuple(visitors)
        people = (Person(source, visitors=known) for source in sources)
        return [name for person in people for name in self._identity.names(person).visits]

    def redirect(self, customer: str, into: Known, names: Iterable[Name] | None = None) -> None:
        """Map names of a customer (by default all, those of a merged one) to another; others stay whose they are.

        Repeated, it goes on where it was interrupted: a customer may have a name for each cart and order of years.
        """
        if names is None:
            names = self.names_of(customer)
        else:
            names = [name for name, known in self.known(names).items() if known.customer in (customer, into.customer)]
        self._table.batch_put([keys.known_by(into.customer, *name) for name in names])  # so that an erasure misses none
        for name, known in self.known(name for name in names if name[0] not in LEADING_NOWHERE).items():
            if known.customer == customer:
                self._redirect(name, customer, into)

    def _redirect(self, name: Name, customer: str, into: Known) -> None:
        change, values = "SET customer = :into", {":from": customer, ":into": into.customer}
        if name[0] != VISIT_NAME:  # a visit's time is its own: when somebody was known by it
            change, values = f"{change}, since = :since", values | {":since": to_text(into.since)}
        with suppress(Conflict):
            self._table.update(keys.alias(*name), change, "customer = :from", {}, values)


def aliases(table: Table, names: Iterable[Name]) -> list[dict[str, Any]]:
    """The items by which these names lead to somebody."""
    return table.batch_get([keys.alias(*name) for name in names if name[0] not in LEADING_NOWHERE])


def release(table: Table, customer: str, names: Iterable[Name]) -> None:
    """Let those of the names lead to nobody that lead to this customer; repeated, it goes on where it was cut off."""
    for alias in aliases(table, names):
        if alias["customer"] == customer:
            with suppress(Conflict):
                table.delete_if(items.key_of(alias), "customer = :customer", {":customer": customer})


def _known(known: Known) -> dict[str, str]:
    return {"customer": known.customer, "since": to_text(known.since)}


def name_of(sk: str) -> Name:
    """The name in a sort key that ``keys.known_by`` made."""
    kind, _, digest = sk.removeprefix(keys.KNOWN).partition("#")
    return kind, digest
