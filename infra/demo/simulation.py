"""The sample shop on the local machine: a year of orders first, then day after day of shoppers, mails and answers."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any

from chalicelib import wiring
from infra.demo.catalogue import LAUNCHES, OPENS, Launch, settings
from infra.demo.people import Person, habits, person
from infra.demo.purchases import past
from infra.demo.readers import Readers
from infra.demo.shoppers import Shopper
from infra.demo.world import MOST_FACTS, World
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine

HISTORY = "a year of orders"
A_MOMENT = timedelta(minutes=1)
"""For the mails of the last instant to be delivered."""
Progress = Callable[[str, int, int], None]
"""Told what is going on, how much of it is done, and how much there is."""


class Complaints(logging.Handler):
    """Keeps what the engine logs as an error: a demo in which something went wrong must say so."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record, with the error it is about."""
        error = record.exc_info[1] if record.exc_info else None
        self.found.append(f"{record.name}: {record.getMessage()}" + (f" ({error!r})" if error else ""))


@dataclass
class Simulation:
    """The running shop: ``shoppers`` are its invented customers by address, ``visitors`` those who signed in, by id."""

    machine: Machine
    url: str
    seed: int
    shoppers: Mapping[str, Shopper]
    complaints: Complaints
    visitors: dict[str, Person] = field(default_factory=dict)

    @cached_property
    def world(self) -> World:
        """What its people may do."""
        return World(self.machine, self.seed, OPENS, self.url)

    @property
    def now(self) -> datetime:
        """The virtual time, UTC."""
        return self.machine.clock.now()

    @property
    def people(self) -> list[Person]:
        """Everyone the shop knows, the latest visitors first."""
        return [*reversed(self.visitors.values()), *(shopper.person for shopper in self.shoppers.values())]

    def key_of(self, who: Person) -> str | None:
        """The opaque key under which the engine knows a person."""
        key: str | None = wiring.commerce().find(who.id)
        return key

    def problems(self) -> list[str]:
        """What went wrong so far, a line each: failed handlers, logged errors, counters that differ from a recount."""
        failed = [
            f"{each.function} failed at {each.at:%Y-%m-%d %H:%M}: {each.error!r}" for each in self.machine.failures
        ]
        recount: Mapping[str, Any] = wiring.nightly()()
        differences = recount["differences"]
        wrong = [f"{differences} counters differ from a recount of the outcomes"] if differences else []
        return [*failed, *self.complaints.found, *wrong]


@contextmanager
def simulation(customers: int, seed: int, url: str) -> Iterator[Simulation]:
    """The machine, set up with its people; nothing has happened yet. Everything is taken down at the end."""
    complaints, log = Complaints(), logging.getLogger("rekindle")
    machine = Machine(VirtualClock(OPENS), settings=settings(url))
    log.addHandler(complaints)
    propagates, log.propagate = log.propagate, False
    try:
        with machine:
            shop = Simulation(machine, url, seed, {}, complaints)
            shop.shoppers = {each.person.email: each for each in _shoppers(shop.world, customers)}
            machine.ses.behaviour = Readers(shop.world, shop.shoppers)
            yield shop
    finally:
        log.propagate = propagates
        log.removeHandler(complaints)


def live(shop: Simulation, days: int, progress: Progress = lambda what, done, whole: None) -> None:
    """Bring in the year behind, then let the days pass. Afterwards the shoppers go on whenever the clock does."""
    _remember(shop, progress)
    for shopper in shop.shoppers.values():
        shopper.begin()
    _plan_launches(shop.world)
    begin = shop.now
    for day in range(1, days + 1):
        shop.machine.advance_to(begin + timedelta(days=day))
        progress(f"{shop.now:%d %B %Y}", day, days)
    shop.machine.advance_to(shop.now + A_MOMENT)


def _shoppers(world: World, customers: int) -> Iterator[Shopper]:
    for number in range(1, customers + 1):
        who, ways = person(world.seed, number, OPENS), habits(world.seed, number)
        yield Shopper(world, who, ways, past(world.seed, who, ways, OPENS))


def _remember(shop: Simulation, progress: Progress) -> None:
    """A year of orders, as the shop's systems would bring it in on the first day."""
    history = [fact for shopper in shop.shoppers.values() for fact in shopper.history()]
    for start in range(0, len(history), MOST_FACTS):
        shop.world.tell(history[start : start + MOST_FACTS])
        shop.machine.pump()
        progress(HISTORY, min(start + MOST_FACTS, len(history)), len(history))


def _plan_launches(world: World) -> None:
    for launch in LAUNCHES:
        world.at(world.begin + launch.announced, partial(_tell_launch, world, launch, False))
        if launch.withdrawn:
            world.at(world.begin + launch.withdrawn, partial(_tell_launch, world, launch, True))


def _tell_launch(world: World, launch: Launch, withdrawn: bool) -> None:
    world.tell([launch.fact(world.begin, world.now, f"{world.url}/shop", withdrawn)])
