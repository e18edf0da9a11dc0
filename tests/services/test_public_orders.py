"""Orders that anybody can tell, through a source whose key is public: each teller has their own."""

import pytest

from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.inbound import Person
from chalicelib.domain.facts.order import Cancellation, Refund
from tests.builders import START, a_cart, an_order
from tests.services.people import HOUR, Shop

ORDER = an_order("order-1", START)
REFUND, CANCELLATION = Refund("order-1", "r1", START + HOUR, 500), Cancellation("order-1", START + HOUR)
NAME = "order#order-1"


def public(account: str | None = None, *visitors: str) -> Person:
    """An account, or a browser, as anybody can name it."""
    return Person("segment", account, visitors=visitors, is_public=True)


def told(shop: Shop, fact: Fact, person: Person) -> str | None:
    """Tell it, and store it with its owner; their key."""
    found = shop.identify.whose(fact, person, fact.at)
    if found.customer:
        shop.put(found.customer, fact)
    else:
        shop.identify.keep(found.person, fact, START + 90 * 24 * HOUR)
    if found.customer:
        shop.identify.settle(fact, found.person, found.customer)
    return found.customer


def test_an_order_is_of_each_who_tells_it_and_stays_with_them() -> None:
    shop = Shop()
    eve, ann = told(shop, ORDER, public("eve", NAME)), told(shop, ORDER, public("ann", NAME))

    assert ann not in (None, eve)
    assert told(shop, ORDER, public("eve", NAME)) == eve
    assert told(shop, ORDER, public("ann", NAME)) == ann
    assert eve
    assert ann
    assert (set(shop.of(eve).orders), set(shop.of(ann).orders), shop.moves) == ({"order-1"}, {"order-1"}, [])


@pytest.mark.parametrize("fact", [REFUND, CANCELLATION])
def test_what_is_told_of_it_later_is_of_the_teller_s_own_and_else_of_whom_it_is_known_by(fact: Fact) -> None:
    shop = Shop()
    eve, ann = told(shop, ORDER, public("eve", NAME)), told(shop, ORDER, public("ann", NAME))

    assert told(shop, fact, public("ann", NAME)) == ann
    assert told(shop, fact, public("clerk", NAME)) == eve
    assert ann
    assert "order-1" in shop.of(ann).orders
    assert shop.moves == []


def test_a_browser_s_order_is_of_whom_the_browser_is_known_as_whoever_said_it_was_theirs() -> None:
    shop = Shop()
    eve = told(shop, ORDER, public("eve", NAME))
    ann = shop.key(public("ann", "browser"))

    assert told(shop, ORDER, public(None, "browser", NAME)) == ann != eve
    assert told(shop, ORDER, public(None, NAME)) == eve


def test_an_unknown_browser_s_order_waits_for_who_that_is() -> None:
    shop = Shop()
    eve = told(shop, ORDER, public("eve", NAME))
    assert told(shop, ORDER, public(None, "browser", NAME)) is None

    ann = shop.key(public("ann", "browser"))

    assert ann != eve
    assert "order-1" in shop.of(ann).orders


@pytest.mark.parametrize("fact", [ORDER, REFUND])
def test_who_says_so_later_takes_nothing_of_a_browser_that_is_not_known_yet(fact: Fact) -> None:
    shop = Shop()
    assert told(shop, a_cart("c1", START), public(None, "browser")) is None
    assert told(shop, ORDER, public(None, "browser", NAME)) is None
    eve = told(shop, fact, public("eve", NAME))
    assert told(shop, fact, public("eve", NAME)) == eve

    ann = shop.key(public("ann", "browser"))

    assert eve
    assert (set(shop.of(ann).orders), set(shop.of(ann).carts)) == ({"order-1"}, {"c1"})
    assert (set(shop.of(eve).orders), set(shop.of(eve).carts)) == ({"order-1"} if fact is ORDER else set(), set())


def test_a_browser_that_its_owner_is_known_by_tells_their_order_as_ever() -> None:
    shop = Shop()
    ann = shop.key(public("ann", "browser"))

    assert told(shop, ORDER, public("ann", NAME)) == ann
    assert told(shop, ORDER, public(None, "browser", NAME)) == ann


def test_a_cart_is_handed_over_as_ever() -> None:
    shop = Shop()
    eve = told(shop, a_cart("c1", START), public("eve", "c1"))
    ann = told(shop, a_cart("c1", START + HOUR), public("ann", "c1"))

    assert shop.moves == [(eve, ann, "c1")]


def test_a_source_that_nobody_else_can_speak_for_says_whose_an_order_is() -> None:
    shop = Shop()
    bob = told(shop, ORDER, Person("shop", "bob", visitors=(NAME,)))
    ann = told(shop, an_order("order-1", START + HOUR), Person("shop", "ann", visitors=(NAME,)))

    assert shop.moves == [(bob, ann, NAME)]
