"""A cart of someone unknown waits until they are known, and is then reminded of like any other."""

from datetime import timedelta

import pytest

import app
from chalicelib.domain.facts.inbound import Person
from tests.identity.given import HOUR, SHOPIFY, a_cart_of, a_profile, an_order_of, differences, items, tell
from tests.journeys.shop import Open
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
BEA = "bea1@example.com"
VISITOR = Person(SHOPIFY, visitors=("browser-1", "cart-1"))
KNOWN = Person(SHOPIFY, email=BEA, visitors=("browser-1",))


def test_an_anonymous_cart_enrolls_nobody(open_shop: Open) -> None:
    shop = open_shop()

    assert tell(shop, a_cart_of(VISITOR, shop.now)) == 1
    shop.after(days=3)

    assert items()["engagement"] == []
    assert len(shop.machine.inbox) == 0


def test_an_anonymous_cart_is_reminded_of_24_hours_after_it_was_left_once_its_visitor_is_known(open_shop: Open) -> None:
    shop = open_shop()
    left = shop.now
    tell(shop, a_cart_of(VISITOR, left))
    shop.after(hours=5)

    tell(shop, a_profile(shop.now, KNOWN))
    shop.after(hours=30)

    assert [(mail.tags["step"], mail.at - left) for mail in shop.machine.inbox.to(BEA)] == [
        ("reminder", timedelta(hours=24))
    ]
    assert [item for item in items()["commerce"] if item["pk"]["S"].startswith("VISITOR#")] == []


def test_an_order_after_all_ends_the_cart_of_whoever_it_was(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, a_cart_of(VISITOR, shop.now - HOUR), an_order_of(KNOWN, shop.now, cart_id="cart-1"))
    tell(shop, a_profile(shop.now, KNOWN))

    shop.after(days=3)

    assert [mail for mail in shop.machine.inbox.to(BEA) if mail.tags["journey"] == "abandoned_cart"] == []
    assert differences(shop) == {}


def test_a_visitor_is_recognised_by_any_of_their_names(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, a_cart_of(Person(SHOPIFY, visitors=("token", "checkout")), shop.now - HOUR, "token"))

    tell(shop, a_profile(shop.now, Person(SHOPIFY, email=BEA, visitors=("checkout",))))

    assert set(app.parts.facts.of(app.parts.names.find(BEA) or "").carts) == {"token"}
    assert [item for item in items()["commerce"] if item["pk"]["S"].startswith("VISITOR#")] == []


def test_names_that_lead_to_each_other_lead_nowhere_else(open_shop: Open) -> None:
    shop = open_shop()
    for number, names in enumerate([("x", "y"), ("x",), ("y", "x"), ("y",)]):
        cart = a_cart_of(Person(SHOPIFY, visitors=names), shop.now + HOUR * number, names[0], pieces=number + 1)
        tell(shop, cart)

    tell(shop, a_profile(shop.now, Person(SHOPIFY, email=BEA, visitors=("x",))))

    assert set(app.parts.facts.of(app.parts.names.find(BEA) or "").carts) == {"x", "y"}


def test_what_nobody_is_behind_at_all_is_not_kept(open_shop: Open) -> None:
    shop = open_shop()
    nobody = Person(SHOPIFY)

    assert tell(shop, an_order_of(nobody, shop.now), a_profile(shop.now, nobody)) == 0

    assert items()["commerce"] == []
    assert app.parts.names.find(BEA) is None


def test_what_is_kept_of_a_visitor_is_forgotten_after_90_days_by_itself(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, a_cart_of(VISITOR, shop.now), an_order_of(VISITOR, shop.now), a_profile(shop.now, VISITOR, name="Bea"))

    ends = {float(item["expires_at"]["N"]) for item in items()["commerce"]}

    assert ends == {(shop.now + timedelta(days=90)).timestamp()}


def test_an_order_that_a_visitor_placed_counts_once_they_are_known(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, an_order_of(VISITOR, shop.now - HOUR), a_profile(shop.now, VISITOR, name="Bea"))
    assert differences(shop) == {}
    assert app.parts.counters.read() == {}

    tell(shop, a_profile(shop.now, KNOWN))

    known = app.parts.facts.of(app.parts.names.find(BEA) or "")
    assert (known.customer.name, known.customer.email, set(known.orders)) == ("Bea", BEA, {"order-1"})
    assert differences(shop) == {}
