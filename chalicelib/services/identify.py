"""Who is who: whichever name of a person is seen, and in whatever order, one person is one customer."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.domain.errors import Erased
from chalicelib.domain.events import Fact
from chalicelib.domain.incoming import Known, Name, Names, Person


class AliasStore(Protocol):
    """Where names, and what visitors did, are kept."""

    def known(self, names: Iterable[Name]) -> Mapping[Name, Known]: ...
    def remember(self, name: Name, known: Known) -> Known: ...
    def point(self, visit: Name, customer: str, at: datetime) -> bool: ...
    def merged(self, customer: str) -> Known | None: ...
    def merge(self, customer: str, into: Known, at: datetime) -> None: ...
    def take_over(self, visit: Name, customer: str) -> None: ...
    def keep(self, visit: Name, fact: Fact, until: datetime) -> bool: ...


@dataclass(frozen=True)
class Identify:
    """Finds a person's key. ``erased`` tells which of some hashes are of people who asked to be forgotten."""

    store: AliasStore
    names: Callable[[Person], Names]
    erased: Callable[[Iterable[str]], frozenset[str]]

    def __call__(self, person: Person, at: datetime) -> str | None:
        """The person's key, a new one at first sight; None for a visitor whom nobody knows yet. Raises ``Erased``.

        Two customers that turn out to be one are joined: the younger's facts and runs move to the older, on the stream.
        """
        own, visits = self.names(person)
        known = self.store.known([*own, *visits])
        if not own:
            return max((known[visit] for visit in visits if visit in known), key=_since).customer if known else None
        found = {known[name] for name in own if name in known}
        unknown = [name for name in own if name not in known]
        if unknown and self.erased(digest for _, digest in unknown):
            raise Erased
        for name in reversed(unknown):  # the address first: it decides who a new person is
            found.add(self.store.remember(name, min(found, default=Known(name[1], at), key=_since)))
        key = self._joined(found, at)
        for visit in visits:
            if visit not in known or known[visit].customer != key:
                self._recognise(visit, key, at)
        return key

    def known(self, person: Person) -> str | None:
        """The person's key, if they are known already; nothing is kept of whoever asks."""
        own, visits = self.names(person)
        found = set(self.store.known(own or visits).values())
        return min(map(self._last, found), key=_since).customer if found else None

    def keep(self, person: Person, fact: Fact, until: datetime) -> bool:
        """Keep what is told of someone unknown until they become known, or that time; tells whether it was new."""
        _, visits = self.names(person)
        if not visits:
            return False
        stored = self.store.keep(visits[0], fact, until)
        for known in self.store.known(visits).values():  # known meanwhile: then nobody else will come for it
            self.store.take_over(visits[0], known.customer)
        return stored

    def _recognise(self, visit: Name, customer: str, at: datetime) -> None:
        """A visitor is known from now on. What is kept moves before this is stored, and again what came in between."""
        self.store.take_over(visit, customer)
        if self.store.point(visit, customer, at):
            self.store.take_over(visit, customer)

    def _joined(self, found: set[Known], at: datetime) -> str:
        """The one customer that all these are: the oldest of them, into whom the others are merged."""
        if len(found) > 1:
            found = {self._last(known) for known in found}
        oldest = min(found, key=_since)
        for younger in found - {oldest}:
            self.store.merge(younger.customer, oldest, at)
        return oldest.customer

    def _last(self, known: Known) -> Known:
        """The customer that this one was merged into, if it was. (The older one stays: no way leads back.)"""
        while into := self.store.merged(known.customer):
            known = into
        return known


def _since(known: Known) -> tuple[datetime, str]:
    return known.since, known.customer
