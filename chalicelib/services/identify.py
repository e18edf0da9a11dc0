"""Who is who: whichever name of a person is seen, and in whatever order, one person is one customer."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from chalicelib.domain.errors import Erased
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.inbound import EMAIL_NAME, Known, Name, Names, Person, is_of
from chalicelib.domain.facts.order import Cancellation, Refund
from chalicelib.services.ports import MoveStore, NameStore, VisitorStore


class Found(NamedTuple):
    """Whose a fact is: the customer's (None: a visitor's whom nobody knows yet), and whether with the address."""

    customer: str | None
    is_without_address: bool = False


@dataclass(frozen=True)
class Identify:
    """Finds a person's key. ``erased`` tells which of some hashes are of people who asked to be forgotten."""

    store: NameStore
    moves: MoveStore
    visitors: VisitorStore
    names: Callable[[Person], Names]
    erased: Callable[[Iterable[str]], frozenset[str]]

    def __call__(self, person: Person, at: datetime, *, even_erased: bool = False) -> str | None:
        """The person's key, a new one at first sight; None for a visitor whom nobody knows yet. Raises ``Erased``.

        Two customers that turn out to be one are joined: the younger's facts and runs move to the older, on the stream.
        ``even_erased``: it is asked in order to forget them, so whoever was forgotten already is no obstacle.
        """
        return self.whose(None, person, at, even_erased=even_erased).customer

    def whose(self, fact: Fact | None, person: Person, at: datetime, *, even_erased: bool = False) -> Found:
        """Whose a fact about this person at ``at`` is: theirs, whom it makes known at first sight.

        A cart or order that somebody else was known by later is that other's. Who bears one name that is known and one
        of somebody forgotten is stored without the latter; raises ``Erased`` when all are new.
        """
        own, visits = self.names(person)
        known = self.store.known([*own, *visits])
        visitors = list(zip(person.visitors, visits, strict=True))
        if not own:
            return Found(_last_known(visitors, known, fact))
        found = {known[name] for name in own if name in known}
        unknown = [name for name in own if name not in known]
        gone = self.erased(digest for _, digest in unknown) if unknown and not even_erased else frozenset()
        free = [name for name in unknown if name[1] not in gone]
        if gone and not found:
            raise Erased(has_new_names=bool(free))
        for name in reversed(free):  # the address first: it decides who a new person is
            found.add(self.store.remember(name, min(found, default=Known(name[1], at), key=_since)))
        key = owner = self._joined(found, at)
        for visitor, visit in visitors:
            if (before := known.get(visit)) is None:
                self._recognise(visit, key, at)
            elif before.customer != key and (other := self._last(before).customer) != key:
                owner = self._owner(visitor, visit, other, before.since, key, at, fact) or owner
        return Found(owner, any(kind == EMAIL_NAME and digest in gone for kind, digest in own))

    def settle(self, fact: Fact, person: Person, customer: str) -> None:
        """A cart or an order was stored as a customer's: hand it over if it turned out to be another's meanwhile."""
        _, visits = self.names(person)
        for visitor, visit in zip(person.visitors, visits, strict=True):
            if not is_of(fact, visitor):
                continue
            known = self.store.known([visit]).get(visit)
            if known and known.customer != customer and (other := self._last(known).customer) != customer:
                self.moves.hand_over(customer, other, visitor)

    def known(self, person: Person) -> str | None:
        """The person's key, if they are known already; nothing is kept of whoever asks."""
        own, visits = self.names(person)
        found = set(self.store.known(own or visits).values())
        return min(map(self._last, found), key=_since).customer if found else None

    def keep(self, person: Person, fact: Fact, until: datetime) -> bool:
        """Keep a fact of someone unknown until they become known, or until that time; returns whether it was new.

        Of a visitor whom somebody was known by who is forgotten nothing is kept.
        """
        _, visits = self.names(person)
        if not visits or self.erased(digest for _, digest in visits):
            return False
        stored = self.visitors.keep(visits, fact, until)
        for known in self.store.known(visits).values():  # known meanwhile: then nobody else will come for it
            self.visitors.take_over(visits[0], known.customer)
        return stored

    def _recognise(self, visit: Name, customer: str, at: datetime) -> None:
        """A visitor is known from now on. What is kept moves before this is stored, and again what came in between."""
        self.visitors.take_over(visit, customer)
        if self.store.point(visit, customer, at):
            self.visitors.take_over(visit, customer)

    def _owner(
        self, visitor: str, visit: Name, other: str, since: datetime, customer: str, at: datetime, fact: Fact | None
    ) -> str | None:
        """Whose a fact is that is about what bears a visitor's name, which led to ``other`` and now to ``customer``.

        The latest owner has the cart or the order, all of it, in whichever order the facts arrive. None: it is about
        something else.
        """
        is_about_it = fact is not None and is_of(fact, visitor)
        if is_about_it and isinstance(fact, Refund | Cancellation):  # it does not say whose the order is
            return other
        latest = max(since, self.moves.updated_at(other, visitor) or since)
        if (latest, other) > (at, customer):
            return other if is_about_it else None
        self.moves.hand_over(other, customer, visitor)
        self._recognise(visit, customer, at)
        return None

    def _joined(self, found: set[Known], at: datetime) -> str:
        """The one customer that all these are: the oldest of them, into whom the others are merged."""
        if len(found) > 1:
            found = {self._last(known) for known in found}
        oldest = min(found, key=_since)
        for younger in found - {oldest}:
            self.moves.merge(younger.customer, oldest, at)
        return oldest.customer

    def _last(self, known: Known) -> Known:
        """The customer that this one was merged into, if it was. (The older one stays: no way leads back.)"""
        while into := self.store.merged(known.customer):
            known = into
        return known


def _last_known(visitors: Iterable[tuple[str, Name]], known: Mapping[Name, Known], fact: Fact | None) -> str | None:
    """Who was last known by one of these names: by that of the very thing which the fact is about, if there is one."""
    led = [(fact is not None and is_of(fact, name), known[visit]) for name, visit in visitors if visit in known]
    return max(led, key=lambda each: (each[0], _since(each[1])))[1].customer if led else None


def _since(known: Known) -> tuple[datetime, str]:
    return known.since, known.customer
