"""Visitors' names: of browsers, carts and orders. They show whose a cart or an order is, and join no customers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.inbound import Known, Name, is_of
from chalicelib.domain.facts.order import Cancellation, Order, Refund
from chalicelib.domain.time import NEVER
from chalicelib.services.ports import MoveStore, NameStore, VisitorStore

Visit = tuple[str, Name]
"""A visitor's name as the source has it, and as it is stored."""


class Told(NamedTuple):
    """What a customer told of themselves at ``at``, by which of their names; ``is_public``: anybody could have."""

    fact: Fact | None
    customer: str
    at: datetime
    by: tuple[str, ...]
    is_public: bool


@dataclass(frozen=True)
class Visits:
    """Records who is known by which visitor's name, and moves carts and orders to the latest owner."""

    store: NameStore
    moves: MoveStore
    visitors: VisitorStore

    def owner(self, told: Told, visits: Iterable[Visit], known: Mapping[Name, Known]) -> str:
        """Record that a customer is known by these names now; returns whose the fact is.

        ``known``: who was known by the names before.
        """
        owner = told.customer
        for visit in visits:
            owner = self._owner(told, visit, known.get(visit[1])) or owner
        return owner

    def if_taken(self, visits: Iterable[Visit], known: Mapping[Name, Known], order: Order) -> tuple[str, ...]:
        """A visitor's names without their order's, if that leads to a customer who is not known by the others.

        Anybody could have said before that the order was theirs.
        """
        visits = tuple(visits)
        led = {name: self.store.last(known[visit]).customer for name, visit in visits if visit in known}
        rest = tuple(name for name, _ in visits if not is_of(order, name))
        taken = {customer for name, customer in led.items() if name not in rest}
        return rest if taken - {led[name] for name in rest if name in led} else ()

    def _owner(self, told: Told, visit: Visit, before: Known | None) -> str | None:
        """The owner of the fact, if it is about what bears this name and is another's; None otherwise."""
        visitor, name = visit
        is_weak = isinstance(told.fact, Refund | Cancellation) and is_of(told.fact, visitor)
        seen = Known(told.customer, NEVER if is_weak else told.at)  # the order, whenever it was, shows its owner
        is_anybodys = told.is_public and is_of_order(told.fact, visitor)
        if before is None and is_anybodys:
            self.store.point(name, *seen)  # and what others told under the order's name stays with them
        elif before is None:
            self._recognise(name, *seen, told.by)
        elif is_anybodys and isinstance(told.fact, Order):
            return None  # anybody could have said first that it was theirs, or say it now: each has their own
        elif before == seen and not is_anybodys:
            self.visitors.take_over(name, told.customer, told.by)  # told again: all may not have been moved before
        elif before.customer != told.customer and (other := self.store.last(before).customer) != told.customer:
            return self._latest(told, visit, other, before.since)
        elif seen.since > before.since:
            # what another one told before that takes nothing when it comes late
            self.store.point(name, *seen, again=before.customer == told.customer)
        return None

    def _latest(self, told: Told, visit: Visit, other: str, since: datetime) -> str | None:
        """The owner of a fact about a cart or order by whose name ``other`` was known ``since``, and now the teller is.

        The latest owner gets the whole cart or order, in whichever order the facts arrive. None: the fact is about
        something else, or the teller's.
        """
        visitor, name = visit
        is_about_it = told.fact is not None and is_of(told.fact, visitor)
        if is_about_it and isinstance(told.fact, Refund | Cancellation):  # it does not show who owns the order
            return None if self.moves.updated_at(told.customer, visitor) else other
        latest = max(since, self.moves.updated_at(other, visitor) or since)
        if (latest, other) > (told.at, told.customer):
            return other if is_about_it else None
        self.moves.hand_over(other, told.customer, visitor)
        self._recognise(name, told.customer, told.at, told.by)
        return None

    def _recognise(self, name: Name, customer: str, at: datetime, by: Iterable[str]) -> None:
        """Record who a visitor is. Kept facts move before this is stored, and again those that arrived meanwhile."""
        self.visitors.take_over(name, customer, by)
        if self.store.point(name, customer, at):
            self.visitors.take_over(name, customer, by)


def is_of_order(fact: Fact | None, visitor: str) -> bool:
    """Whether a fact is about the order that bears this name."""
    return fact is not None and not isinstance(fact, Cart) and is_of(fact, visitor)


def last_known(visits: Iterable[Visit], known: Mapping[Name, Known], fact: Fact | None) -> str | None:
    """The customer last known by one of these names; the name of the fact's own cart or order takes precedence."""
    led = [(fact is not None and is_of(fact, name), known[visit]) for name, visit in visits if visit in known]
    return max(led, key=lambda each: (each[0], each[1].since, each[1].customer))[1].customer if led else None
