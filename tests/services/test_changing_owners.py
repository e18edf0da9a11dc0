"""Whose a cart or an order is by now."""

import pytest

from chalicelib.domain.facts.inbound import Person
from chalicelib.domain.facts.order import Cancellation, Refund
from chalicelib.domain.time import NEVER
from tests.builders import START, a_cart, a_customer, an_order
from tests.services.people import ANN, BOB, BROWSER, CART, DAY, HOUR, ORDER, Shop, both

# Carts and orders change hands


def test_a_cart_that_somebody_else_is_known_by_later_is_handed_over_to_them() -> None:
    shop = Shop()
    ann = shop.whose(a_cart(at=START), both("cart-1", email="ann@example.com"))
    assert ann
    shop.put(ann, a_cart(at=START))

    bob = shop.whose(a_cart(at=START + HOUR), both("cart-1", email="bob@example.com"))

    assert bob not in (None, ann)
    assert shop.moves == [(ann, bob, "cart-1")]
    assert shop.identify(CART, START) == bob


def test_a_report_from_before_goes_to_whose_the_cart_is_by_now() -> None:
    shop = Shop()
    bob = shop.whose(a_cart(at=START + HOUR), both("cart-1", email="bob@example.com"))
    assert bob
    shop.put(bob, a_cart(at=START + HOUR))

    assert shop.whose(a_cart(at=START), both("cart-1", email="ann@example.com")) == bob
    assert shop.moves == []
    assert shop.identify(CART, START) == bob


def test_the_time_of_the_stored_cart_counts_where_it_is_later_than_when_it_was_known() -> None:
    shop = Shop()
    ann = shop.whose(a_cart(at=START), both("cart-1", email="ann@example.com"))
    assert ann
    shop.put(ann, a_cart(at=START + DAY))

    assert shop.whose(a_cart(at=START + HOUR), both("cart-1", email="bob@example.com")) == ann


def test_what_is_told_of_somebody_beside_a_cart_of_another_s_is_still_about_themselves() -> None:
    shop = Shop()
    bob = shop.whose(a_cart(at=START + DAY), both("cart-1", email="bob@example.com"))
    person = both("cart-1", email="ann@example.com")

    ann = shop.whose(a_customer("", at=START), person)

    assert ann == shop.identify.known(ANN) != bob
    assert shop.moves == []


def test_of_one_moment_the_greater_key_owns_it_in_whichever_order_they_are_told() -> None:
    owners = set()
    for emails in (("ann@example.com", "bob@example.com"), ("bob@example.com", "ann@example.com")):
        shop = Shop()
        for email in emails:
            owner = shop.whose(a_cart(at=START), both("cart-1", email=email))
            assert owner
            shop.put(owner, a_cart(at=START))
        owners.add(shop.identify(CART, START))

    assert owners == {max(Shop().key(ANN), Shop().key(BOB))}


@pytest.mark.parametrize(
    "told",
    [Refund("order-1", "r1", START + DAY, 500), Cancellation("order-1", START + DAY)],
    ids=["refund", "cancelled"],
)
def test_a_refund_or_a_cancellation_does_not_show_whose_its_order_is(told: Refund | Cancellation) -> None:
    shop, by_bob = Shop(), both("order#order-1", email="bob@example.com")

    assert shop.whose(told, by_bob) == shop.identify.known(BOB)
    assert shop.aliases[shop.names(ORDER)[0]].since == NEVER

    ann = shop.whose(an_order(at=START - DAY), both("order#order-1", email="ann@example.com"))
    assert ann == shop.identify.known(ANN)
    assert shop.whose(told, by_bob) == ann


def test_a_refund_that_names_another_cart_shows_whose_that_is() -> None:
    shop = Shop()

    shop.whose(Refund("order-1", "r1", START, 500), both("cart-1", email="bob@example.com"))

    assert shop.aliases[shop.names(CART)[0]].since == START


def test_a_cart_of_one_who_was_merged_into_its_owner_does_not_change_hands() -> None:
    shop = Shop()
    shop.whose(a_cart(at=START), both("cart-1", email="ann@example.com"))
    old = shop.key(Person("shop", "17"), START - DAY)
    shop.key(Person("shop", "17", "ann@example.com", is_verified=True), START)

    assert shop.whose(a_cart(at=START + HOUR), Person("shop", "17", visitors=("cart-1",))) == old
    assert shop.moves == []


# After storing


def test_a_cart_that_was_stored_for_one_and_is_another_s_by_now_is_handed_over() -> None:
    shop = Shop()
    ann, bob = shop.key(ANN), shop.key(both("cart-1", email="bob@example.com"))

    shop.identify.settle(a_cart(), both("cart-1", email="ann@example.com"), ann)

    assert shop.moves == [(ann, bob, "cart-1")]


def test_a_cart_that_is_its_owner_s_still_or_nobody_s_stays() -> None:
    shop = Shop()
    ann = shop.key(ANN)
    shop.identify.settle(a_cart(), CART, ann)  # nobody is known by it
    shop.key(both("cart-1", email="ann@example.com"))
    shop.identify.settle(a_cart(), CART, ann)
    shop.key(both("browser-1", email="bob@example.com"))
    shop.identify.settle(a_cart(), BROWSER, ann)  # the browser is not the cart

    assert shop.moves == []


def test_of_several_visits_the_one_that_is_the_cart_s_own_counts() -> None:
    shop = Shop()
    ann, bob = shop.key(ANN), shop.key(both("cart-1", email="bob@example.com"))
    person = Person("shop", email="ann@example.com", visitors=("browser-1", "cart-1"))

    shop.identify.settle(a_cart(), person, ann)

    assert shop.moves == [(ann, bob, "cart-1")]


def test_a_cart_of_one_who_was_merged_into_its_owner_stays_after_storing() -> None:
    shop = Shop()
    shop.key(both("cart-1", email="ann@example.com"), START)
    old = shop.key(Person("shop", "17"), START - DAY)
    shop.key(Person("shop", "17", "ann@example.com", is_verified=True), START)

    shop.identify.settle(a_cart(), CART, old)

    assert shop.moves == []
