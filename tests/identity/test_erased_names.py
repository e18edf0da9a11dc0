"""A name of an erased customer, told with another name or by somebody else, brings nobody back and harms nobody."""

import json

import pytest

import app
from chalicelib.domain.facts.inbound import ErasureRequest, Person
from tests.identity.forgotten import CARA, NAME, PERSON, nothing_is_left, with_a_history
from tests.identity.given import DAY, HOUR, SHOPIFY, a_cart_of, a_profile, an_order_of, items, tell
from tests.journeys.shop import Open
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


def test_an_id_that_is_told_with_an_erased_address_is_the_erased_persons(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, ErasureRequest(Person("", email=CARA)))

    assert tell(shop, a_cart_of(PERSON, shop.now)) == 0
    assert tell(shop, a_profile(shop.now, Person(SHOPIFY, id="c-5"), name=NAME)) == 0

    nothing_is_left()


def test_a_living_customer_who_types_an_erased_address_keeps_what_they_do_and_not_the_address(open_shop: Open) -> None:
    shop = open_shop()
    account = Person("shop", id="9", email="bob0@example.com", is_verified=True)
    tell(shop, a_profile(shop.now - DAY, account), a_cart_of(account, shop.now - HOUR))
    tell(shop, ErasureRequest(Person("", email=CARA)))

    typed = Person("shop", id="9", email=CARA, is_verified=True)
    tell(shop, a_profile(shop.now, typed, name="Bob"), an_order_of(typed, shop.now))
    shop.after(days=4)

    known = app.parts.facts.of(app.parts.names.find("shop:9") or "")
    assert (known.customer.name, known.customer.email, set(known.orders)) == ("Bob", "bob0@example.com", {"order-1"})
    assert [mail.tags["journey"] for mail in shop.machine.inbox.to("bob0@example.com")] == []
    assert CARA not in json.dumps(items(), ensure_ascii=False)


def test_a_late_word_of_a_forgotten_person_takes_nobody_s_order_along(open_shop: Open) -> None:
    shop = open_shop()
    order = ("order#order-1",)
    tell(shop, ErasureRequest(Person("", email=CARA)))
    tell(shop, an_order_of(Person(SHOPIFY, email="bea1@example.com", visitors=order), shop.now))

    tell(shop, an_order_of(Person(SHOPIFY, id="new", email=CARA, visitors=order, is_verified=True), shop.now - HOUR))

    assert set(app.parts.facts.of(app.parts.names.find("bea1@example.com") or "").orders) == {"order-1"}


def test_an_erased_id_told_with_a_living_address_leaves_that_address_where_it_is(open_shop: Open) -> None:
    shop = open_shop()
    guest = Person(SHOPIFY, email="dan2@example.com")
    tell(shop, a_cart_of(guest, shop.now))
    tell(shop, ErasureRequest(Person(SHOPIFY, id="gone")))

    tell(shop, a_profile(shop.now, Person(SHOPIFY, id="gone", email="dan2@example.com", is_verified=True)))

    known = app.parts.facts.of(app.parts.names.find("dan2@example.com") or "")
    assert known.customer.email == "dan2@example.com"


def test_what_a_visitor_tells_by_a_name_of_the_erased_person_is_not_kept(open_shop: Open) -> None:
    shop = with_a_history(open_shop)
    tell(shop, ErasureRequest(PERSON))
    browser = Person(SHOPIFY, visitors=("browser-5",))

    assert tell(shop, a_profile(shop.now, browser, name=NAME), a_cart_of(browser, shop.now)) == 0

    nothing_is_left()
    bea = Person(SHOPIFY, email="bea1@example.com", visitors=("browser-5",))
    assert tell(shop, a_profile(shop.now, bea), a_cart_of(browser, shop.now, "hers")) == 2
    assert set(app.parts.facts.of(app.parts.names.find("bea1@example.com") or "").carts) == {"hers"}
