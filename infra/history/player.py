"""Plays a history on the local machine: each row is ingested when its time comes, and the real handlers do the rest."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from moto.core.model_instances import reset_model_data

from chalicelib import wiring
from chalicelib.domain.facts.cart import Cart, Line
from chalicelib.domain.facts.consent import Consent, Purpose
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.inbound import InboundFact, Person
from chalicelib.domain.facts.order import Order
from chalicelib.domain.money import Money
from infra.history.rows import Row, time_of
from infra.machine.clock import VirtualClock
from infra.machine.machine import Failure, Machine
from infra.package.packaged import EventSource, event_sources, packaged_template

LONGEST = timedelta(days=180)
DAY = timedelta(days=1)
ONLY_AT_THE_END = "nightly"
"""Every night it reads all there is, which for years of history is too much: it runs once, when all is over."""
MOST_AT_ONCE = 100

Progress = Callable[[int, datetime], None]


@dataclass
class Player:
    """Feeds rows, sorted by time, to a machine. ``on_progress`` is told how many are in, and the virtual time."""

    rows: Sequence[Row]
    on_progress: Progress = lambda done, now: None
    done: int = 0
    _customers: set[str] = field(default_factory=set)

    @property
    def customers(self) -> int:
        """How many customers were seen."""
        return len(self._customers)

    def play(self, machine: Machine, until: datetime | None = None) -> None:
        """Feed every row at its time, then let the clock run until nothing is due, at the longest ``until``."""
        instants = groupby(self.rows, key=lambda row: row.at)
        self._plan_next(machine, instants)
        machine.advance_to(time_of(self.rows[-1].at))
        end = until or machine.clock.now() + LONGEST
        while machine.clock.now() < end and is_anything_due():
            machine.advance_to(min(end, machine.clock.now() + DAY))
            self._tell(machine)

    def _plan_next(self, machine: Machine, instants: Iterator[tuple[int, Iterator[Row]]]) -> None:
        """Plan the next instant's rows; timers come before anything else at their time, so facts come before sweeps."""
        if (following := next(instants, None)) is None:
            return
        at, rows = following
        batch = list(rows)

        def ingest() -> None:
            for first in range(0, len(batch), MOST_AT_ONCE):
                wiring.ingest()([fact for row in batch[first : first + MOST_AT_ONCE] for fact in self._facts(row)])
            self.done += len(batch)
            self._tell(machine)
            self._plan_next(machine, instants)

        machine.at(time_of(at), ingest)

    def _tell(self, machine: Machine) -> None:
        """Let go of what nobody will look at: the mails, and all the objects that moto keeps for its dashboard."""
        machine.inbox.mails.clear()
        reset_model_data()
        self.on_progress(self.done, machine.clock.now())

    def _facts(self, row: Row) -> Iterator[InboundFact]:
        if row.customer not in self._customers:
            self._customers.add(row.customer)
            yield _customer(row)
        yield InboundFact(_order(row) if row.is_order else _cart(row), Person("shop", row.customer))


def machine_for(start: datetime) -> Machine:
    """A machine without SES's events and without the nightly run, its clock at ``start``.

    One lane: there is one dispatcher here, and each lane costs a look at every instant when anything is due.
    """
    sources = event_sources(packaged_template())
    wanted: tuple[EventSource, ...] = tuple(source for source in sources if source.function != ONLY_AT_THE_END)
    return Machine(VirtualClock(start), lanes=1, sources=wanted, behaviour=None)


def is_anything_due() -> bool:
    """Whether any enrollment still waits for its time."""
    far = datetime.max.replace(tzinfo=wiring.now().tzinfo)
    return any(wiring.engagement().due(f"L{number}", far, 1) for number in range(wiring.settings().lanes))


def address_of(customer: str) -> str:
    """The invented address of a customer of the file; nothing of the id can be read from it."""
    return f"{hashlib.sha256(customer.encode()).hexdigest()[:16]}@replay.example"


def revenue(rows: Sequence[Row]) -> Mapping[str, int]:
    """What the orders brought, by currency in minor units."""
    total: Counter[str] = Counter()
    for row in rows:
        if row.is_order:
            total[row.currency] += row.amount
    return total


def failures_of(machine: Machine) -> list[Failure]:
    """What the functions raised."""
    return machine.failures


def _customer(row: Row) -> InboundFact:
    email, at = address_of(row.customer), time_of(row.at)
    consents = {Purpose.MARKETING: Consent(given=True, at=at, source="replay")}
    return InboundFact(Customer("", at, email, consents=consents), Person("shop", row.customer, email))


def _order(row: Row) -> Order:
    at = time_of(row.at)
    return Order(row.id, at, Money(row.amount, row.currency), at)


def _cart(row: Row) -> Cart:
    each, rest = divmod(row.amount, row.lines) if row.lines else (0, 0)
    lines = tuple(
        Line(f"item-{number}", f"Item {number}", 1, each + (rest if number == 1 else 0))
        for number in range(1, row.lines + 1)
    )
    return Cart(row.id, time_of(row.at), Money(row.amount, row.currency), lines)
