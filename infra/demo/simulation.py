"""The sample shop on the local machine: a year of orders first, then day after day of shoppers, mails and answers."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any

import app
from chalicelib.sources.bodies import MOST_FACTS
from infra.demo.catalogue import LAUNCHES, OPENS, DemoLaunch, settings
from infra.demo.people import DemoCustomer, habits, person
from infra.demo.purchases import past
from infra.demo.readers import Readers
from infra.demo.shoppers import Shopper
from infra.demo.world import World
from infra.machine.clock import VirtualClock
from infra.machine.error_log import ErrorLog, collected_errors
from infra.machine.machine import Machine

HISTORY = "a year of orders"
A_MOMENT = timedelta(minutes=1)
"""The time in which the mails of the last instant are delivered."""
OnProgress = Callable[[str, int, int], None]
"""Called with the current activity, how much of it is done, and how much there is."""


@dataclass
class Simulation:
    """The running shop: ``shoppers`` are its invented customers by address, ``visitors`` those who signed in, by id."""

    machine: Machine
    url: str
    seed: int
    shoppers: Mapping[str, Shopper]
    errors: ErrorLog
    visitors: dict[str, DemoCustomer] = field(default_factory=dict)

    @cached_property
    def world(self) -> World:
        """The actions of its people."""
        return World(self.machine, self.seed, OPENS, self.url)

    @property
    def now(self) -> datetime:
        """The virtual time, UTC."""
        return self.machine.clock.now()

    @property
    def people(self) -> list[DemoCustomer]:
        """All customers, the latest visitors first."""
        return [*reversed(self.visitors.values()), *(shopper.person for shopper in self.shoppers.values())]

    def key_of(self, customer: DemoCustomer) -> str | None:
        """The engine's opaque key of a customer."""
        key: str | None = app.parts.names.find(customer.id)
        return key

    def problems(self) -> list[str]:
        """The problems so far, one line each: failed handlers, logged errors, counters that differ from a recount."""
        failed = [
            f"{each.function} failed at {each.at:%Y-%m-%d %H:%M}: {each.error!r}" for each in self.machine.failures
        ]
        recount: Mapping[str, Any] = app.parts.nightly()
        differences = recount["suspected"]
        wrong = [f"{differences} counters differ from a recount of the outcomes"] if differences else []
        return [*failed, *self.errors.found, *wrong]


@contextmanager
def simulation(customers: int, seed: int, url: str) -> Iterator[Simulation]:
    """The machine with its people, before the first event. Everything is closed at the end."""
    with collected_errors() as errors, Machine(VirtualClock(OPENS), settings=settings(url)) as machine:
        shop = Simulation(machine, url, seed, {}, errors)
        shop.shoppers = {each.person.email: each for each in _shoppers(shop.world, customers)}
        machine.ses.behaviour = Readers(shop.world, shop.shoppers)
        yield shop


def live(shop: Simulation, days: int, progress: OnProgress = lambda what, done, whole: None) -> None:
    """Send the past year, then let the days pass. Afterwards the shoppers continue as the clock is moved."""
    _send_history(shop, progress)
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
        customer, ways = person(world.seed, number, OPENS), habits(world.seed, number)
        yield Shopper(world, customer, ways, past(world.seed, customer, ways, OPENS))


def _send_history(shop: Simulation, progress: OnProgress) -> None:
    """A year of orders, as the shop's systems would send it on the first day."""
    history = [fact for shopper in shop.shoppers.values() for fact in shopper.history()]
    for start in range(0, len(history), MOST_FACTS):
        shop.world.send(history[start : start + MOST_FACTS])
        shop.machine.pump()
        progress(HISTORY, min(start + MOST_FACTS, len(history)), len(history))


def _plan_launches(world: World) -> None:
    for launch in LAUNCHES:
        world.at(world.begin + launch.announced, partial(_announce, world, launch, False))
        if launch.withdrawn:
            world.at(world.begin + launch.withdrawn, partial(_announce, world, launch, True))


def _announce(world: World, launch: DemoLaunch, withdrawn: bool) -> None:
    world.send([launch.fact(world.begin, world.now, f"{world.url}/shop", withdrawn)])
