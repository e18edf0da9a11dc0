"""A run ends when the cart or order that it is about turns out to be another customer's, whatever began it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.facts.facts import SUBJECTS
from chalicelib.domain.journeys.engine import exit_reason
from chalicelib.domain.journeys.journey import SERVICE, Journey, On, OrderFulfilled, OrderPlaced, Send, Wait, hours
from chalicelib.domain.journeys.situation import Situation
from tests.builders import START, a_cart, a_customer, a_situation, an_enrollment, an_order, facts

JOURNEY = Journey(
    key="hello",
    version=1,
    purpose=SERVICE,
    enroll=On(OrderFulfilled, key="order_id"),
    steps=(Wait("an_hour", hours(1)), Send("hello", template="hello")),
)


@pytest.mark.parametrize("trigger", SUBJECTS)
def test_it_ends_once_the_customer_no_longer_has_it(trigger: str) -> None:
    thing = a_cart("x") if SUBJECTS[trigger].kind == "cart" else an_order("x")
    run = an_enrollment(JOURNEY, trigger=trigger, subject="x")

    assert exit_reason(JOURNEY, Situation(run, facts(thing), START)) is None
    assert exit_reason(JOURNEY, Situation(run, facts(), START)) == "changed_hands"


def test_orders_of_others_at_the_address_happened_only_where_these_are_asked_for() -> None:
    run = replace(an_enrollment(), trigger="CartChanged", subject="cart-1", entered_at=START)
    bob = facts(a_customer("bob"), an_order("of-bob", START + timedelta(hours=1)))
    situation = a_situation(run, replace(facts(), at_address=(bob,)), START + timedelta(hours=2))
    ordered = On(OrderPlaced, when=lambda event, known: known.customer.key == "bob")

    assert list(situation.happened(On(OrderPlaced))) == []
    assert [event.key for event in situation.happened(On(OrderPlaced), at_address=True)] == ["of-bob"]
    assert [event.key for event in situation.happened(ordered, at_address=True)] == ["of-bob"]
