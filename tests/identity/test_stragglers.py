"""What was under way while customers were merged or erased arrives afterwards: the handlers tidy it up."""

from dataclasses import replace

import pytest

import app
from chalicelib.domain.facts.inbound import ErasureRequest, Known, Person
from tests.identity.given import DAY, SHOPIFY, a_cart_of, a_profile, differences, items, tell
from tests.journeys.shop import Open
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
EVE = "eve3@example.com"
ACCOUNT, GUEST = Person(SHOPIFY, id="17"), Person(SHOPIFY, email=EVE)
BOTH = Person(SHOPIFY, id="17", email=EVE, is_verified=True)


def key_of(name: str) -> str:
    """The key of a customer who is known."""
    return app.parts.names.find(name) or ""


def test_one_cart_of_both_is_one_run_after_the_merging(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, a_cart_of(ACCOUNT, shop.now - DAY / 2, "cart-1"))
    tell(shop, a_profile(shop.now, GUEST), a_cart_of(GUEST, shop.now, "cart-1"))

    tell(shop, a_profile(shop.now, BOTH))
    shop.after(days=2)

    assert [run.occurrence for run in app.parts.engagement.of(key_of(EVE)).enrollments] == ["cart-1"]
    assert [mail.tags["step"] for mail in shop.machine.inbox.to(EVE)] == ["reminder"]
    assert differences(shop) == {}


def test_runs_that_began_under_the_old_key_are_moved_when_they_are_due(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, a_profile(shop.now, GUEST), a_cart_of(GUEST, shop.now, "cart-1"))
    young = key_of(EVE)
    (run,) = app.parts.engagement.of(young).enrollments
    tell(shop, a_cart_of(ACCOUNT, shop.now - DAY / 2, "cart-0"))
    tell(shop, a_profile(shop.now, BOTH))
    assert key_of(EVE) != young
    assert app.parts.engagement.of(young).enrollments == ()

    for late in (replace(run, occurrence="cart-2", subject="cart-2"), replace(run, occurrence="cart-0")):
        app.parts.runs.create(late)  # by somebody who had looked up the key before the merging
    shop.after(days=2)

    assert app.parts.engagement.of(young).enrollments == ()
    moved = {run.occurrence for run in app.parts.engagement.of(key_of(EVE)).enrollments}
    assert moved == {"cart-0", "cart-1", "cart-2"}
    assert [mail.tags["step"] for mail in shop.machine.inbox.to(EVE)] == ["reminder"]
    assert differences(shop) == {}


def test_a_name_that_was_learned_during_an_erasure_is_forgotten_in_the_night(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, a_profile(shop.now, BOTH), a_cart_of(BOTH, shop.now))
    customer = key_of(EVE)
    other = Person("shop", id="eve-of-old")
    tell(shop, ErasureRequest(BOTH))

    (name,) = app.parts.identity.names(other).own
    app.parts.names.remember(name, Known(customer, shop.now))
    shop.after(days=1)

    assert items()["commerce"] == []
    assert tell(shop, a_cart_of(other, shop.now)) == 0
