"""Carts: viewed, changed product by product, emptied, and a visitor's who is known later."""

from typing import Any

import pytest

import app
from chalicelib.domain.facts.cart import Cart, Line
from chalicelib.domain.money import Money
from tests.builders import utc
from tests.naming import FOUR
from tests.webhooks.given import Hooks, segment
from tests.webhooks.segment.given import AIKO, CART, LINES, message, tell

pytestmark = pytest.mark.journeys(*FOUR)


def test_a_visitor_s_cart_is_theirs_once_they_are_known(hooks: Hooks) -> None:
    tell(hooks, "cart_viewed")
    assert app.parts.names.find(AIKO) is None

    tell(hooks, "identify")

    assert hooks.known(AIKO).carts == {CART: Cart(CART, utc("2026-03-02 08:05"), Money(2600, "USD"), LINES)}


def test_a_checkout_is_the_cart_as_it_is_then(hooks: Hooks) -> None:
    tell(hooks, "identify", "cart_viewed", "checkout_started")

    assert hooks.known(AIKO).carts == {CART: Cart(CART, utc("2026-03-02 08:10"), Money(2810, "USD"), LINES)}


def one(event: str, at: str, **properties: Any) -> dict[str, Any]:
    """One product more, or less."""
    return message("product_added", properties, event=f"Product {event}", timestamp=at, messageId=f"{event} {at}")


def test_products_added_and_removed_one_by_one_are_a_cart(hooks: Hooks) -> None:
    whisk = {"product_id": "whisk", "name": "Bamboo whisk", "price": 3.5}
    tell(
        hooks,
        "identify",
        one("Added", "2026-03-02T08:20:00Z", currency="USD"),
        one("Added", "2026-03-02T08:21:00Z", currency="USD", quantity=3, **whisk),
        one("Removed", "2026-03-02T08:22:00Z", currency="USD", quantity=1, **whisk),
    )

    cart = hooks.known(AIKO).carts[CART]
    assert (cart.at, cart.total) == (utc("2026-03-02 08:22"), Money(1899 + 2 * 350, "USD"))
    assert cart.lines == (
        Line("507f1f77bcf86cd799439011", "Kyoto matcha", 1, 1899),
        Line("whisk", "Bamboo whisk", 2, 350),
    )


def test_a_change_before_the_whole_cart_was_sent_is_part_of_it(hooks: Hooks) -> None:
    later = one("Added", "2026-03-02T08:06:00Z", quantity=2)  # the cart was viewed at 08:05
    tell(hooks, "identify", later, "product_added", "cart_viewed")

    cart = hooks.known(AIKO).carts[CART]
    assert [(line.product, line.quantity) for line in cart.lines] == [(LINES[0].product, 3), (LINES[1].product, 2)]
    assert cart.total == Money(0, "XXX")  # the currency of the two is unknown


@pytest.mark.parametrize("letter", ["\u0001", "🍵", "茶", "a"])
def test_a_large_cart_that_changes_a_hundred_times_can_be_stored(hooks: Hooks, letter: str) -> None:
    name = letter * 200
    products = [{"product_id": f"{number}{name}"[:200], "name": name, "price": 1} for number in range(300)]
    tell(hooks, "identify", message("cart_viewed", {"products": products}))
    changes = [
        one("Added", f"2026-03-02T08:{20 + number // 60}:{number % 60:02}Z", product_id=f"n{number}{name}", name=name)
        | {"messageId": None}
        for number in range(110)
    ]

    assert hooks.take(segment(changes)).status == 200

    assert hooks.known(AIKO).carts[CART].at == utc("2026-03-02 08:21:49")


def test_whoever_takes_out_all_they_put_in_is_reminded_of_nothing(hooks: Hooks) -> None:
    tell(hooks, "identify", one("Added", "2026-03-02T08:20:00Z"))
    key = app.parts.names.find(AIKO) or ""
    assert [run.due_at for run in app.parts.engagement.of(key).enrollments] == [utc("2026-03-03 08:20")]

    tell(hooks, one("Removed", "2026-03-02T08:30:00Z"))

    assert hooks.known(AIKO).carts[CART].lines == ()
    assert [run.due_at for run in app.parts.engagement.of(key).enrollments] == [None]


@pytest.mark.parametrize(
    "properties", [{"cart_id": None}, {"cart_id": ""}, {"product_id": None, "sku": "", "name": None}]
)
def test_a_product_of_no_cart_and_a_cart_s_change_of_no_product_are_counted_as_unknown(
    hooks: Hooks, properties: dict[str, Any]
) -> None:
    assert hooks.take(segment(one("Added", "2026-03-02T08:20:00Z", **properties))).status == 202


@pytest.mark.parametrize("event", ["Product Added", "Product Removed"])
def test_with_all_products_it_tells_the_whole_cart(hooks: Hooks, event: str) -> None:
    products = message("cart_viewed")["properties"]["products"][:1]
    whole = message(
        "product_added", {"products": products, "currency": "USD"}, event=event, timestamp="2026-03-02T09:00:00Z"
    )
    tell(hooks, "identify", "cart_viewed", whole)

    assert hooks.known(AIKO).carts[CART].lines == LINES[:1]


def test_a_cart_without_products_is_empty(hooks: Hooks) -> None:
    tell(
        hooks,
        "identify",
        "cart_viewed",
        message("product_added", {"products": []}, event="Product Removed", messageId="m-9"),
    )
    assert hooks.known(AIKO).carts[CART].lines == LINES  # it was earlier

    tell(hooks, message("product_added", {"products": []}, event="Product Removed", timestamp="2026-03-02T09:00:00Z"))

    assert hooks.known(AIKO).carts[CART].lines == ()


def test_a_cart_without_a_currency_has_lines_and_no_amounts(hooks: Hooks) -> None:
    tell(hooks, "identify", message("cart_viewed", {"currency": None}))

    cart = hooks.known(AIKO).carts[CART]
    assert ([line.price for line in cart.lines], cart.total) == ([0, 0], Money(0, "XXX"))
