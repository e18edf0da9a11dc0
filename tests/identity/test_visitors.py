"""A cart of someone unknown waits until they are known, and is then reminded of like any other."""

from datetime import timedelta

from chalicelib import wiring
from chalicelib.domain.incoming import Person
from tests.identity.given import HOUR, SHOPIFY, a_cart_of, a_profile, an_order_of, differences, items, tell
from tests.journeys.shop import Open

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


def test_orders_and_profiles_of_nobody_are_not_kept(open_shop: Open) -> None:
    shop = open_shop()

    assert tell(shop, an_order_of(VISITOR, shop.now), a_profile(shop.now, VISITOR)) == 0

    assert items()["commerce"] == []
    assert wiring.commerce().find(BEA) is None
