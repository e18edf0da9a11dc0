"""Whatever order facts arrive in, and however often: in the end the same people are known, with the same facts."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import app
from chalicelib.domain.facts.cart import Cart, Line
from chalicelib.domain.facts.consent import Consent, Purpose
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.inbound import InboundFact, Person
from chalicelib.domain.facts.order import Order, Refund
from chalicelib.domain.money import Money
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from tests.builders import START
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
NAMES = ("1", "2", "ann@example.com", "bob@example.com")
TIMES = st.integers(0, 3).map(lambda seconds: START - timedelta(hours=1) + timedelta(seconds=seconds))


@st.composite
def people(draw: st.DrawFn) -> Person:
    """Someone by an id, an address, a visit, or several of them; every visit is the same one's."""
    customer = draw(st.sampled_from([None, "1", "2"]))
    email = draw(st.sampled_from([None, "ann@example.com", "bob@example.com"]))
    visit = ("browser",) if email == "ann@example.com" or (customer is None and email is None) else ()
    return Person("shop", customer, email, visit, is_verified=True)


@st.composite
def facts(draw: st.DrawFn) -> Fact:
    """A profile in parts, a cart, an order or a refund; often two of one time that contradict each other."""
    at = draw(TIMES)
    number = draw(st.integers(1, 2))
    match draw(st.sampled_from(["profile", "cart", "order", "refund"])):
        case "profile":
            fields = draw(
                st.dictionaries(st.sampled_from(["name", "language", "country"]), st.sampled_from(["ko", "ja"]))
            )
            given_ = draw(st.booleans())
            consent = Consent.reported(given_, draw(st.none() | TIMES), at, "shop")
            return Customer.reported(at, {Purpose.MARKETING: consent}, **fields)
        case "cart":
            lines = tuple(Line(f"p{each}", "Tea") for each in range(draw(st.integers(0, 2))))
            return Cart(f"k{number}", at, Money(draw(st.sampled_from([100, 200])), "USD"), lines)
        case "order":
            ended = draw(st.sampled_from([None, at]))
            return Order(f"o{number}", START - timedelta(days=1), Money(1000, "USD"), at, cancelled_at=ended)
        case _:
            return Refund(f"o{number}", draw(st.sampled_from("ab")), START, 100)


inputs = st.lists(st.builds(InboundFact, facts(), people()), min_size=1, max_size=7)


def known(order: list[InboundFact]) -> dict[str, Facts | None]:
    """All that is known in the end by each name, and whose names are one's."""
    with Machine(VirtualClock(START), behaviour=None) as machine:
        for each in order:
            app.parts.ingest([each])
            machine.pump()
        assert machine.failures == []
        keys = {name: app.parts.names.find(name) for name in NAMES}
        found = {name: app.parts.facts.of(key) if key else None for name, key in keys.items()}
        return {name: facts and _nameless(facts) for name, facts in found.items()}


def _nameless(facts: Facts) -> Facts:
    """Without the key: it depends on which name was seen first."""
    return replace(facts, customer=replace(facts.customer, key=""))


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
@given(st.data())
def test_order_and_repetition_change_nothing(data: st.DataObject) -> None:
    first = data.draw(inputs)
    again = data.draw(st.lists(st.sampled_from(first), max_size=3))
    second = data.draw(st.permutations(first + again))

    assert known(list(second)) == known(first)
