"""A cart or an order that was one person's turns out to be another's: all of it is theirs, and nobody else's."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import permutations
from typing import Any
from unittest.mock import patch

import pytest

import app
from chalicelib.adapters.dynamodb.facts import FactStore
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.inbound import InboundFact, Person
from chalicelib.domain.facts.order import Order, Refund
from chalicelib.services.timeline import timeline
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from tests.builders import START
from tests.identity.breaking import broken_after
from tests.identity.given import DAY, HOUR, SHOPIFY, a_cart_of, a_profile, an_order_of, differences, tell
from tests.journeys.shop import Open, Shop
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
WRONG, RIGHT = "bea1@exmaple.com", "bea1@example.com"
THINGS = ("cart-1", "order#order-1")
MISTYPED = Person(SHOPIFY, email=WRONG, visitors=THINGS)
CORRECTED = Person(SHOPIFY, email=RIGHT, visitors=THINGS)
NAMELESS = Person(SHOPIFY, visitors=("order#order-1",))


def mails(shop: Shop, address: str, journey: str = "abandoned_cart") -> list[str]:
    return [mail.tags["step"] for mail in shop.machine.inbox.to(address) if mail.tags["journey"] == journey]


def consents(shop: Shop) -> list[InboundFact]:
    """Both addresses agreed to mails."""
    return [a_profile(shop.now - DAY, Person(SHOPIFY, email=email)) for email in (WRONG, RIGHT)]


def held(address: str) -> tuple[set[str], set[str]]:
    """The carts and the orders of whoever has this address."""
    facts = app.parts.facts.of(app.parts.names.find(address) or "")
    return set(facts.carts), set(facts.orders)


def time_line(address: str) -> list[str]:
    """What is answered to whoever asks why this address got a mail or not."""
    key = app.parts.names.find(address) or ""
    return [entry.text for entry in timeline(app.parts.facts.of(key), app.parts.engagement.of(key))]


def test_an_address_that_was_mistyped_gets_no_reminder_and_the_right_one_does(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, *consents(shop), a_cart_of(MISTYPED, shop.now - HOUR))
    tell(shop, a_cart_of(CORRECTED, shop.now))

    shop.after(days=2)

    assert (mails(shop, WRONG), mails(shop, RIGHT)) == ([], ["reminder"])
    assert (held(WRONG), held(RIGHT)) == ((set(), set()), ({"cart-1"}, set()))
    assert any("belongs to another customer" in text for text in time_line(WRONG))


def test_the_order_ends_the_cart_whichever_address_it_was_left_with(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, *consents(shop), a_cart_of(MISTYPED, shop.now - HOUR))
    tell(shop, an_order_of(CORRECTED, shop.now, cart_id="cart-1"))

    shop.after(days=4)

    assert (mails(shop, WRONG), mails(shop, RIGHT)) == ([], [])


def test_an_order_whose_customer_changes_counts_once(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, *consents(shop), an_order_of(MISTYPED, shop.now - DAY))
    tell(shop, InboundFact(Refund("order-1", "r1", shop.now - HOUR, 500), NAMELESS))
    tell(shop, changed(CORRECTED, shop.now))

    assert (held(WRONG), held(RIGHT)) == ((set(), set()), (set(), {"order-1"}))
    (order,) = app.parts.facts.of(app.parts.names.find(RIGHT) or "").orders.values()
    assert order.net == 1500
    shop.after(days=20)
    assert (mails(shop, WRONG, "nps_survey"), mails(shop, RIGHT, "nps_survey")) == ([], ["survey", "reminder"])
    assert differences(shop) == {}


def known(inputs: Iterable[InboundFact]) -> dict[str, Facts]:
    """What is known in the end by each address."""
    with Machine(VirtualClock(START + DAY), behaviour=None) as machine:
        for each in inputs:
            app.parts.ingest([each])
            machine.pump()
        assert machine.failures == []
        found = {email: app.parts.facts.of(app.parts.names.find(email) or "") for email in (WRONG, RIGHT)}
        return {email: replace(facts, customer=replace(facts.customer, key="")) for email, facts in found.items()}


def test_no_order_of_telling_changes_whose_it_is() -> None:
    inputs = [
        a_cart_of(MISTYPED, START),
        a_cart_of(CORRECTED, START + HOUR),
        an_order_of(CORRECTED, START + 2 * HOUR),
        InboundFact(Refund("order-1", "r1", START + DAY, 500), NAMELESS),
        a_cart_of(Person(SHOPIFY, visitors=("cart-1",)), START + HOUR / 2, pieces=3),
    ]
    expected = known(inputs)

    assert {email: (set(facts.carts), set(facts.orders)) for email, facts in expected.items()} == {
        WRONG: (set(), set()),
        RIGHT: ({"cart-1"}, {"order-1"}),
    }
    for order in list(permutations(inputs))[::7]:
        assert known(order) == expected


def test_what_goes_back_to_the_first_is_the_firsts() -> None:
    inputs = [
        a_cart_of(MISTYPED, START, pieces=1),
        a_cart_of(CORRECTED, START + HOUR, pieces=2),
        a_cart_of(MISTYPED, START + 2 * HOUR, pieces=3),
    ]

    for order in permutations(inputs):
        assert {
            email: [cart.lines[0].quantity for cart in facts.carts.values()] for email, facts in known(order).items()
        } == {
            WRONG: [3],
            RIGHT: [],
        }


@pytest.mark.parametrize("inputs", [a_cart_of(CORRECTED, START + HOUR), an_order_of(CORRECTED, START + HOUR)])
def test_a_crash_between_any_two_calls_is_mended_by_the_next_delivery(inputs: InboundFact) -> None:
    before = [a_cart_of(MISTYPED, START), an_order_of(MISTYPED, START)]
    expected = known([*before, inputs])
    calls, broken = 0, True
    while broken:
        with Machine(VirtualClock(START + DAY), behaviour=None) as machine:
            app.parts.ingest(before)
            broken = broken_after(calls, lambda: app.parts.ingest([inputs]))
            app.parts.ingest([inputs])
            machine.pump()
            assert machine.failures == []
            found = {email: app.parts.facts.of(app.parts.names.find(email) or "") for email in (WRONG, RIGHT)}
        assert {
            email: replace(facts, customer=replace(facts.customer, key="")) for email, facts in found.items()
        } == expected
        calls += 1

    assert calls > 6


def test_it_changes_hands_once_the_merging_of_whoever_had_it_is_done(open_shop: Open) -> None:
    shop = open_shop()
    account = Person(SHOPIFY, id="7", visitors=THINGS)
    tell(shop, a_cart_of(account, shop.now - HOUR), an_order_of(account, shop.now - HOUR))
    older = Person(SHOPIFY, email=WRONG)
    tell(shop, a_cart_of(older, shop.now - DAY, "other"))
    app.parts.ingest(
        [a_profile(shop.now, Person(SHOPIFY, id="7", email=WRONG, is_verified=True))]
    )  # the stream has yet to move them

    with pytest.raises(Unavailable):
        app.parts.ingest([an_order_of(CORRECTED, shop.now)])
    shop.machine.pump()
    tell(shop, an_order_of(CORRECTED, shop.now))  # sent again

    assert (held(WRONG), held(RIGHT)) == (({"other"}, set()), ({"cart-1"}, {"order-1"}))


def test_a_delivery_that_is_overtaken_leaves_nothing_with_whoever_had_it(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, an_order_of(MISTYPED, shop.now - DAY))
    put, overtaken = FactStore.put, list[bool]()

    def put_late(store: FactStore, *what: Any, **how: Any) -> bool:
        if not overtaken:
            overtaken.append(True)
            app.parts.ingest([changed(CORRECTED, shop.now)])
        return put(store, *what, **how)

    with patch.object(FactStore, "put", put_late):
        app.parts.ingest([changed(MISTYPED, shop.now - HOUR)])
    shop.machine.pump()

    assert (held(WRONG), held(RIGHT)) == ((set(), set()), (set(), {"order-1"}))


def changed(person: Person, at: datetime) -> InboundFact:
    """A later version of the order."""
    order = an_order_of(person, START - DAY).fact
    assert isinstance(order, Order)
    return InboundFact(replace(order, at=at), person)


def test_two_people_at_one_browser_keep_their_own_carts(open_shop: Open) -> None:
    shop = open_shop()
    first, second = (Person("segment", id=name, visitors=("browser",)) for name in ("1", "2"))
    tell(shop, a_cart_of(first, shop.now - HOUR, "a"), a_cart_of(second, shop.now, "b"))

    assert (held("segment:1"), held("segment:2")) == (({"a"}, set()), ({"b"}, set()))


def test_a_cart_that_comes_back_is_reminded_where_it_was_left_last(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, *consents(shop))
    for number, person in enumerate((MISTYPED, CORRECTED, MISTYPED)):
        tell(shop, a_cart_of(person, shop.now, pieces=number + 1))
        shop.after(hours=1)

    shop.after(days=2)

    assert (mails(shop, WRONG), mails(shop, RIGHT)) == (["reminder"], [])
    assert differences(shop) == {}


def test_a_cart_between_two_who_turn_out_to_be_one_is_reminded(open_shop: Open) -> None:
    shop = open_shop()
    account = Person(SHOPIFY, id="7", visitors=THINGS)
    tell(shop, *consents(shop), a_cart_of(CORRECTED, shop.now - HOUR))
    tell(shop, a_cart_of(account, shop.now, pieces=2))
    tell(shop, a_profile(shop.now, Person(SHOPIFY, id="7", email=RIGHT, is_verified=True)))

    shop.after(days=2)

    assert mails(shop, RIGHT) == ["reminder"]
    assert differences(shop) == {}
