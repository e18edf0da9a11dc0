"""Plays a history on the local machine: each fact is ingested at its time, and the deployed handlers do the rest."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from moto.core.model_instances import reset_model_data

import app
from chalicelib.domain.facts.consent import Consent, Purpose
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.inbound import InboundFact, Person
from chalicelib.domain.journeys.due import lane_name
from infra.history.timeline import customer_of
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from infra.package.packaged import EventSource, event_sources, packaged_template

LONGEST = timedelta(days=180)
DAY = timedelta(days=1)
ONLY_AT_THE_END = "nightly"
"""This function reads all items every night, too slow for years of history: it runs once, at the end."""
MOST_AT_ONCE = 100

Progress = Callable[[int, datetime], None]


@dataclass
class Player:
    """Feeds facts, sorted by time, to a machine. ``on_progress`` gets their number so far and the virtual time."""

    facts: Sequence[InboundFact]
    on_progress: Progress = lambda done, now: None
    done: int = 0
    _customers: set[str] = field(default_factory=set)

    @property
    def customers(self) -> int:
        """The number of customers."""
        return len(self._customers)

    def play(self, machine: Machine, until: datetime | None = None) -> None:
        """Feed every fact at its time, then run the clock until nothing is due, or to ``until`` at the latest."""
        instants = groupby(self.facts, key=lambda each: each.fact.at)
        self._plan_next(machine, instants)
        machine.advance_to(self.facts[-1].fact.at)
        end = until or machine.clock.now() + LONGEST
        while machine.clock.now() < end and is_anything_due():
            machine.advance_to(min(end, machine.clock.now() + DAY))
            self._report(machine)

    def _plan_next(self, machine: Machine, instants: Iterator[tuple[datetime, Iterator[InboundFact]]]) -> None:
        """Plan the facts of the next instant; timers come first at their time, so facts come before sweeps."""
        if (following := next(instants, None)) is None:
            return
        at, facts = following
        batch = list(facts)

        def ingest() -> None:
            for first in range(0, len(batch), MOST_AT_ONCE):
                chunk = batch[first : first + MOST_AT_ONCE]
                app.parts.ingest([each for fact in chunk for each in self._with_profile(fact)])
            self.done += len(batch)
            self._report(machine)
            self._plan_next(machine, instants)

        machine.at(at, ingest)

    def _report(self, machine: Machine) -> None:
        """Report the progress, and free unneeded memory: the mails, and the objects moto keeps for its dashboard."""
        machine.inbox.mails.clear()
        reset_model_data()
        self.on_progress(self.done, machine.clock.now())

    def _with_profile(self, fact: InboundFact) -> Iterator[InboundFact]:
        """The fact, and before a customer's first one their profile: an invented address, and consent."""
        customer = customer_of(fact)
        if customer not in self._customers:
            self._customers.add(customer)
            yield _profile(customer, fact.fact.at)
        yield fact


def machine_for(start: datetime) -> Machine:
    """A machine without SES's events and without the nightly run, its clock at ``start``.

    It has one lane: there is one dispatcher here, and each lane costs a query whenever anything is due.
    """
    sources = event_sources(packaged_template())
    wanted: tuple[EventSource, ...] = tuple(source for source in sources if source.function != ONLY_AT_THE_END)
    return Machine(VirtualClock(start), lanes=1, sources=wanted, behaviour=None)


def is_anything_due() -> bool:
    """Whether any enrollment still waits for its time."""
    far = datetime.max.replace(tzinfo=app.parts.now().tzinfo)
    return any(app.parts.due.due(lane_name(number), far, 1) for number in range(app.parts.settings.lanes))


def address_of(customer: str) -> str:
    """The invented address of a customer of the file; it does not reveal the id."""
    return f"{hashlib.sha256(customer.encode()).hexdigest()[:16]}@replay.example"


def _profile(customer: str, at: datetime) -> InboundFact:
    email = address_of(customer)
    consents = {Purpose.MARKETING: Consent(given=True, at=at, source="replay")}
    return InboundFact(Customer("", at, email, consents=consents), Person("shop", customer, email, is_verified=True))
