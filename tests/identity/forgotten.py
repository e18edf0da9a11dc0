"""Cara, a customer with a history, and what is left when she has been forgotten."""

import json

from chalicelib.domain.facts.inbound import Person
from tests.identity.given import DAY, HOUR, SHOPIFY, a_cart_of, a_profile, an_order_of, items, tell
from tests.journeys.shop import Open, Shop

CARA = "cara5@example.com"
NAME = "Cara Lindqvist-Ōno"
PERSON = Person(SHOPIFY, id="c-5", email=CARA, visitors=("browser-5",), is_verified=True)
OLD = Person("shop", id="old-5")


def with_a_history(open_shop: Open) -> Shop:
    """A customer who was merged from two, ordered, was reminded and offered a coupon, and has a cart again."""
    shop = open_shop()
    tell(shop, a_cart_of(OLD, shop.now - 40 * DAY, "c0"), an_order_of(OLD, shop.now - 30 * DAY, "o0"))
    tell(shop, a_profile(shop.now, PERSON, name=NAME), a_cart_of(PERSON, shop.now, "c1"))
    tell(shop, a_profile(shop.now, Person("shop", id="old-5", email=CARA, is_verified=True)))
    shop.after(days=4)
    tell(shop, an_order_of(PERSON, shop.now, "o1"), a_cart_of(PERSON, shop.now + HOUR, "c2"))
    shop.after(hours=2)
    assert [mail.tags["step"] for mail in shop.machine.inbox.to(CARA)][:2] == ["reminder", "offer"]
    assert any(item["pk"]["S"].startswith("COUPON#") for item in items()["commerce"])
    return shop


def nothing_is_left() -> None:
    """Only keyed hashes in the suppression list."""
    found = items()
    assert found["commerce"] == []
    left = [item for item in found["engagement"] if item["sk"]["S"] != "LANES"]
    assert {(item["sk"]["S"], item["reason"]["S"]) for item in left} == {("SUPPRESSION", "erased")}
    everything = json.dumps(found, ensure_ascii=False)
    for secret in (CARA, NAME, "c-5", "old-5", "browser-5"):
        assert secret not in everything
