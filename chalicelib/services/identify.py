"""Identifies customers: one person is one customer, whichever of their names are seen, in any order.

Only names that are one person's alone join two customers. An address that an account only claims joins it with nobody,
but all who bear an address look at each other's facts before a message goes there.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial
from typing import NamedTuple

from chalicelib.domain.errors import Erased
from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.inbound import EMAIL_NAME, FORMER_NAME, Known, Name, Names, Person, is_of
from chalicelib.domain.facts.order import Order
from chalicelib.domain.facts.versions import decides_at
from chalicelib.services.ports import BearerStore, MoveStore, NameStore, VisitorStore
from chalicelib.services.visits import Told, Visits, is_of_order, last_known


class Found(NamedTuple):
    """The owner of a fact (None: an unknown visitor), and whether its address must be left out (it was erased).

    ``teller``: the key of the person who told it; a cart or an order may be another's by now. ``person``: that person,
    without the names that are proved to be another's. ``by``: the hash of the name that they told it by.
    """

    customer: str | None
    person: Person
    is_without_address: bool = False
    teller: str | None = None
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Identify:
    """Finds a person's key. ``erased`` returns those of some hashes that belong to erased people.

    ``pass_on`` is told the hash of an address, who claimed it and counts there no more, and who bears it.
    """

    store: NameStore
    bearers: BearerStore
    moves: MoveStore
    visitors: VisitorStore
    names: Callable[[Person], Names]
    erased: Callable[[Iterable[str]], frozenset[str]]
    pass_on: Callable[[str, str, Iterable[str]], None]

    @cached_property
    def _visits(self) -> Visits:
        return Visits(self.store, self.moves, self.visitors)

    def __call__(self, person: Person, at: datetime, *, even_erased: bool = False) -> str | None:
        """The person's key, a new one for a new person; None for an unknown visitor. Raises ``Erased``.

        If two customers turn out to be one person, they are merged: the younger's facts and runs move to the older, on
        the stream. ``even_erased``: do not raise ``Erased`` for erased names; for a request to erase the person.
        """
        return self.whose(None, person, at, even_erased=even_erased).customer

    def whose(self, fact: Fact | None, person: Person, at: datetime, *, even_erased: bool = False) -> Found:
        """The owner of a fact about this person at ``at``: the person, who is recorded if they are new.

        A cart or order by which another customer was known later belongs to that customer. If a person has a known
        name and an erased one, the erased name is not stored; raises ``Erased`` if no name is known and one is erased.
        Of names that lead to customers who were split, the first counts.
        """
        own, visits, claim = self.names(person)
        known, claiming = self.store.look_up([*own, *visits], claim)
        visitors = list(zip(person.visitors, visits, strict=True))
        if not own:
            if person.is_public and isinstance(fact, Order) and (rest := self._visits.if_taken(visitors, known, fact)):
                return self.whose(fact, replace(person, visitors=rest), at, even_erased=even_erased)
            return Found(last_known(visitors, known, fact), person)
        if left := self._of_others(own, known):
            return self.whose(fact, _without(person, own, left), at, even_erased=even_erased)
        found = {known[name] for name in own if name in known}
        unknown = [name for name in own if name not in known]
        doubtful = [*unknown, *([claim] if claim and claim not in known else [])]
        gone = self.erased(digest for _, digest in doubtful) if doubtful and not even_erased else frozenset()
        free = [name for name in unknown if name[1] not in gone]
        if len(free) < len(unknown) and not found:
            raise Erased(has_new_names=bool(free))
        self._share(min(found, default=Known(free[-1][1], at), key=_since).customer if free else "", free)
        for name in reversed(free):  # the address first: it identifies a new person
            found.add(self.store.remember(name, min(found, default=Known(name[1], at), key=_since)))
        key = self._joined(found, at)
        self._share(key, free)
        is_claimed = key in claiming and (person.is_public or not claiming[key])
        if claim and claim[1] not in gone and not is_claimed:
            self._claim(key, claim, known.get(claim), is_stranger=person.is_public)
        by = (own[0][1],)
        told = Told(fact, key, decides_at(fact) if fact else at, by, person.is_public)
        owner = self._visits.owner(told, visitors, known)
        is_gone = any(kind == EMAIL_NAME and digest in gone for kind, digest in doubtful)
        return Found(owner, person, is_gone, key, by)

    def settle(self, fact: Fact, person: Person, customer: str) -> None:
        """After storing a cart or an order for a customer: hand it over if it belongs to another customer by now."""
        if person.is_public and not isinstance(fact, Cart):  # an order stays with each who said that it was theirs
            return
        visits = self.names(person).visits
        for visitor, visit in zip(person.visitors, visits, strict=True):
            if not is_of(fact, visitor):
                continue
            known = self.store.known([visit]).get(visit)
            if known and known.customer != customer and (other := self.store.last(known).customer) != customer:
                self.moves.hand_over(customer, other, visitor)

    def known(self, person: Person) -> str | None:
        """The person's key if they are known already; nothing is stored about the person."""
        own, visits, _ = self.names(person)
        known = self.store.known(own or visits)
        left = self._of_others(own, known)
        found = {each for name, each in known.items() if name not in left}
        return min(map(self.store.last, found), key=_since).customer if found else None

    def merge(self, person: Person, at: datetime) -> str | None:
        """Join a person's account with its former ones, which go on in it: that one of these is deleted is no end."""
        found = self.whose(None, person, at)
        if found.customer is not None:
            for _, digest in self.names(found.person).own[1:]:
                self.store.remember((FORMER_NAME, digest), Known(found.customer, at))
        return found.customer

    def has_gone_on(self, person: Person) -> bool:
        """Whether the person's account was merged into another one."""
        former = [(FORMER_NAME, digest) for _, digest in self.names(person).own[:1]]
        return bool(self.store.known(former))

    def keep(self, person: Person, fact: Fact, until: datetime) -> bool:
        """Keep an unknown visitor's fact until they are identified, at most to ``until``; returns whether it was new.

        Nothing is kept if an erased customer was known by one of the visitor's names; anybody may have been by the name
        of an order that the visitor has now.
        """
        visits = self.names(person).visits
        named = zip(person.visitors, visits, strict=True)
        theirs = [visit for visitor, visit in named if not (person.is_public and is_of_order(fact, visitor))]
        if not visits or self.erased(digest for _, digest in theirs):
            return False
        stored = self.visitors.keep(visits, fact, until)
        for known in self.store.known(theirs).values():  # identified meanwhile: nothing else would move the fact
            self.visitors.take_over(visits[0], known.customer)
        return stored

    def _of_others(self, own: Iterable[Name], known: Mapping[Name, Known]) -> frozenset[Name]:
        """Those of a person's own names that lead to a customer who was split from that of an earlier one."""
        led = {name: known[name] for name in own if name in known}
        if len({each.customer for each in led.values()}) < 2:
            return frozenset()
        one: list[str] = []
        left: set[Name] = set()
        for name, each in led.items():
            customer = self.store.last(each).customer
            if any(customer != other and self.store.are_apart(customer, other) for other in one):
                left.add(name)
            else:
                one.append(customer)
        return frozenset(left)

    def _share(self, customer: str, new: Iterable[Name]) -> None:
        """If the customer has a new address: let those who claim it and this customer look at each other's facts.

        Once before the address leads to the customer, for a request that dies in between, and once after it, for those
        who claim it meanwhile.
        """
        for kind, digest in new:
            if kind == EMAIL_NAME:
                self.bearers.share(customer, digest)

    def _claim(self, customer: str, claim: Name, owner: Known | None, *, is_stranger: bool) -> None:
        """Record that the customer claims an address that is not theirs; ``owner``: whose it is, as was read before.

        That one may be merged at the same moment, after which their marks do not move any more.
        """
        if owner and self.store.last(owner).customer == customer:
            return
        others = [owner.customer] if owner else []
        pass_on = partial(self.pass_on, claim[1])
        self.bearers.add(claim[1], customer, others, is_stranger=is_stranger, dropping=pass_on)
        if since := self.store.known([claim]).get(claim):
            last = {since.customer, self.store.last(since).customer} - {customer, owner.customer if owner else ""}
            self.bearers.link(customer, last, claim[1], is_stranger=is_stranger)

    def _joined(self, found: set[Known], at: datetime) -> str:
        """The one customer for all of these: the oldest of them, into whom the others are merged.

        One may be merged into yet another at the same moment, who is then one of them, too.
        """
        if len(found) > 1:
            found = self._last(found)
        while len(found) > 1:
            oldest = min(found, key=_since)
            for younger in found - {oldest}:
                self.moves.merge(younger.customer, oldest, at)
            found = self._last(found)
        return next(iter(found)).customer

    def _last(self, found: Iterable[Known]) -> set[Known]:
        """Those into whom these were merged, each once, since when they were known first."""
        last: dict[str, Known] = {}
        for known in map(self.store.last, found):
            last[known.customer] = min(known, last.get(known.customer, known), key=_since)
        return set(last.values())


def _without(person: Person, own: Sequence[Name], left: Collection[Name]) -> Person:
    """The same, without those names of theirs; an address among them is one that they only claim."""
    former = [each for each, name in zip(person.former, own[1:], strict=False) if name not in left]
    return replace(person, former=tuple(former), is_verified=person.is_verified and own[-1] not in left)


def _since(known: Known) -> tuple[datetime, str]:
    return known.since, known.customer
