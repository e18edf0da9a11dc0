"""A kind of fact is its class and a line in the list of kinds: keys, storage, journeys and erasing follow."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

import pytest

import app
from chalicelib.adapters.dynamodb import items, keys
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.fact import Event, Fact
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.inbound import ErasureRequest, InboundFact, Person
from chalicelib.domain.journeys.engagement import Engagement
from chalicelib.domain.journeys.journey import SERVICE, Journey, On, Send, Wait, hours
from chalicelib.domain.journeys.registry import Journeys
from chalicelib.services.timeline import timeline
from chalicelib.wiring import Parts
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from infra.messages.local import templates
from tests.builders import START
from tests.identity.given import items as stored_items


@dataclass(frozen=True, slots=True)
class Parcel(Fact):
    """What a carrier reports of an order's parcel."""

    kind: ClassVar[str] = "parcel"
    named_by: ClassVar[tuple[str, ...]] = ("order_id",)
    order_id: str
    at: datetime
    is_lost: bool = False

    def events(self) -> Iterator[Event]:
        """That it was lost, if it was."""
        if self.is_lost:
            yield ParcelLost(self.order_id, self.at, self)


@dataclass(frozen=True, slots=True)
class ParcelLost(Event):
    """A parcel was lost."""

    key_name: ClassVar[str] = "order_id"
    enrolls: ClassVar[bool] = True
    parcel: Parcel


SORRY = Journey(
    key="sorry",
    version=1,
    purpose=SERVICE,
    enroll=On(ParcelLost, key="order_id"),
    steps=(Wait("an_hour", hours(1)), Send("sorry", template="sorry")),
)
ANN = Person("shop", "ann", "ann@example.com", is_verified=True)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """A machine that knows parcels, and one journey, which begins when a parcel is lost."""
    monkeypatch.setattr(items, "_KINDS", {**items._KINDS, Parcel.kind: Parcel})
    with Machine(VirtualClock(START)) as machine:
        app.parts = Parts(templates=templates, clock=machine.clock.now, journeys=lambda languages: Journeys.of([SORRY]))
        yield machine


def tell(machine: Machine, *facts: Fact, person: Person = ANN) -> None:
    app.parts.ingest([InboundFact(fact, person) for fact in facts])
    machine.pump()
    assert machine.failures == []


def runs() -> list[tuple[str, str]]:
    found = app.parts.engagement.of(app.parts.names.find("ann@example.com") or "").enrollments
    return [(run.journey, run.subject) for run in found]


def test_its_event_begins_a_journey_once_whatever_its_versions_order(machine: Machine) -> None:
    sent, lost = Parcel("o1", START), Parcel("o1", START + timedelta(minutes=5), is_lost=True)

    tell(machine, sent)
    assert runs() == []
    tell(machine, lost)
    tell(machine, sent, lost)

    assert runs() == [("sorry", "o1")]


def test_each_is_stored_under_its_kind_and_its_own_id(machine: Machine) -> None:
    tell(machine, Parcel("o1", START), Parcel("o2", START))

    found = [item for item in stored_items()["commerce"] if item["sk"]["S"].startswith("PARCEL#")]
    assert sorted(item["sk"]["S"] for item in found) == sorted(keys.fact("parcel", each) for each in ("o1", "o2"))


def test_it_goes_with_a_customer_who_turns_out_to_be_another(machine: Machine) -> None:
    tell(machine, Customer.reported(START, email="ann@example.com"))
    tell(machine, Parcel("o1", START), person=Person("shop", "ann-2"))
    tell(
        machine,
        Customer.reported(START, email="ann@example.com"),
        person=Person("shop", "ann-2", "ann@example.com", is_verified=True),
    )

    key = app.parts.names.find("ann@example.com")
    found = [item["pk"]["S"] for item in stored_items()["commerce"] if item["sk"]["S"] == keys.fact("parcel", "o1")]
    assert found == [f"CUSTOMER#{key}"]


def test_it_is_erased_with_its_customer(machine: Machine) -> None:
    tell(machine, Parcel("o1", START, is_lost=True))
    app.parts.ingest([ErasureRequest(ANN)])
    machine.pump()

    assert stored_items()["commerce"] == []


def test_the_timeline_names_its_events_until_it_has_words_of_its_own() -> None:
    class WithParcels(Facts):
        def things(self) -> Iterator[Fact]:
            yield Parcel("o1", START, is_lost=True)

    entries = timeline(WithParcels(Customer("c", START)), Engagement())

    assert [(entry.at, entry.text) for entry in entries] == [(START, "Parcel lost: o1")]
