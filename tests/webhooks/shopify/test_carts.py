"""Carts and checkouts, from payloads as Shopify documents them."""

import pytest

import app
from chalicelib.domain.facts.cart import Cart, Line
from chalicelib.domain.money import Money
from tests.builders import utc
from tests.naming import FOUR
from tests.webhooks.given import Hooks, payload, shopify
from tests.webhooks.shopify.given import CART, MINA, MINAS_ID, ORDER, checkout, order, tell

pytestmark = pytest.mark.journeys(*FOUR)

CARTS_OF = [("carts/update", "carts_update"), ("checkouts/update", "checkouts_update")]
TEA = Line("788032119674292922", "First flush Darjeeling", 3, 1999)


RECOVER = "https://shop.example/checkouts/123123123/recover?key=example-key"


def test_a_cart_becomes_its_owner_s_when_the_checkout_names_them(hooks: Hooks) -> None:
    tell(hooks, "carts/update", "carts_update")
    assert app.parts.names.find(MINA) is None

    checkout(hooks, updated_at="2026-03-02T03:05:00-05:00")  # earlier than the cart's last change

    cart = hooks.known(MINA).carts[CART]
    assert cart == Cart(
        CART,
        utc("2026-03-02 08:10:00.123"),
        Money(5997, "USD"),
        (Line("788032119674292922", "First flush Darjeeling - 100 g", 3, 1999),),
        url=RECOVER,  # the checkout leads back to the cart as it is now
    )


def test_a_checkout_is_the_cart_as_it_is_then(hooks: Hooks) -> None:
    tell(hooks, "carts/update", "carts_update")
    checkout(hooks)

    known = hooks.known(MINAS_ID)
    assert known.carts == {CART: Cart(CART, utc("2026-03-02 08:20"), Money(6497, "USD"), (TEA,), url=RECOVER)}
    assert (known.customer.email, known.customer.name) == (MINA, "Mina Han")
    assert (known.customer.language, known.customer.country) == ("ko", "KR")
    assert known.customer.consents == {}


def test_a_checkout_that_became_an_order_is_no_cart_but_tells_whose_its_cart_was(hooks: Hooks) -> None:
    tell(hooks, "carts/update", "carts_update")
    checkout(hooks, completed_at="2026-03-02T03:20:00-05:00")

    known = hooks.known(MINA)
    assert (known.carts[CART].at, known.carts[CART].total) == (utc("2026-03-02 08:10:00.123"), Money(5997, "USD"))


def test_a_checkout_without_a_cart_has_its_own_token(hooks: Hooks) -> None:
    checkout(hooks, cart_token=None)

    assert set(hooks.known(MINA).carts) == {"123123123"}


@pytest.mark.parametrize("topic", ["carts/create", "carts/update"])
def test_a_cart_without_lines_is_empty(hooks: Hooks, topic: str) -> None:
    checkout(hooks)
    tell(hooks, topic, "carts_update", line_items=[], updated_at="2026-03-02T09:00:00Z")

    assert hooks.known(MINA).carts[CART].lines == ()


@pytest.mark.parametrize("lines", ["two teas", {"id": 7}, 5])
@pytest.mark.parametrize(("topic", "name"), CARTS_OF)
def test_a_list_of_lines_that_cannot_be_read_empties_no_cart(
    hooks: Hooks, topic: str, name: str, lines: object
) -> None:
    checkout(hooks)

    body = payload("shopify", name, line_items=lines, updated_at="2026-03-02T09:00:00Z")
    answer = hooks.take(shopify(topic, body)).json()

    assert [each["field"] for each in answer["rejected"]] == ["$.line_items"]
    assert hooks.known(MINA).carts[CART].lines == (TEA,)


@pytest.mark.parametrize(("topic", "name"), CARTS_OF)
def test_a_body_without_lines_empties_no_cart(hooks: Hooks, topic: str, name: str) -> None:
    checkout(hooks)

    body = payload("shopify", name, updated_at="2026-03-02T09:00:00Z")
    del body["line_items"]
    answer = hooks.take(shopify(topic, body)).json()

    assert [each["problem"] for each in answer["rejected"]] == ["is missing"]
    assert hooks.known(MINA).carts[CART].lines == (TEA,)


def test_a_cart_without_currencies_has_lines_and_no_amounts(hooks: Hooks) -> None:
    old = [{"product_id": 7, "title": "Assam", "quantity": 2, "price": "10.00", "line_price": "20.00"}]
    checkout(hooks)
    tell(hooks, "carts/update", "carts_update", line_items=old, updated_at="2026-03-02T09:00:00Z")

    cart = hooks.known(MINA).carts[CART]
    assert (cart.lines, cart.total) == ((Line("7", "Assam", 2, 0),), Money(0, "XXX"))


@pytest.mark.parametrize("token", ["", None])
def test_an_empty_token_is_none(hooks: Hooks, token: str | None) -> None:
    checkout(hooks, cart_token=token)
    order(hooks, cart_token=token, checkout_token="123123123")
    order(hooks, id=2, cart_token=token, checkout_token=token)

    known = hooks.known(MINA)
    assert set(known.carts) == {"123123123"}
    assert (known.orders[ORDER].cart_id, known.orders["2"].cart_id) == ("123123123", None)


def test_a_line_without_a_price_or_a_quantity_is_one_piece_of_an_unknown_price(hooks: Hooks) -> None:
    line = payload("shopify", "checkouts_update")["line_items"][0] | {"price": None, "quantity": None}
    checkout(hooks, line_items=[line])
    assert hooks.known(MINA).carts[CART].lines == (Line(TEA.product, TEA.name, 1, 0),)

    order(hooks, line_items=[line])
    tell(hooks, "carts/update", "carts_update", line_items=[line], updated_at="2026-03-02T09:00:00Z")

    assert hooks.known(MINA).orders[ORDER].products == (TEA.product,)
    assert hooks.known(MINA).carts[CART].lines == (Line(TEA.product, TEA.name, 1, 0),)


def test_a_very_long_cart_is_cut_and_not_refused(hooks: Hooks) -> None:
    line = payload("shopify", "checkouts_update")["line_items"][0] | {"title": "茶" * 300}
    checkout(hooks, line_items=[line | {"product_id": n} for n in range(900)])

    cart = hooks.known(MINA).carts[CART]
    assert (len(cart.lines), len(cart.lines[0].name), cart.total) == (300, 200, Money(6497, "USD"))


@pytest.mark.parametrize("wrapped", [False, True])
def test_the_cart_of_a_deleted_checkout_is_empty(hooks: Hooks, wrapped: bool) -> None:
    checkout(hooks)
    deleted = payload("shopify", "checkouts_delete")

    answer = hooks.take(shopify("checkouts/delete", {"checkout": deleted} if wrapped else deleted))

    assert answer.json() == {"received": 1, "stored": 1}
    assert hooks.known(MINA).carts[CART].lines == ()


def test_a_deleted_checkout_without_a_token_tells_nothing(hooks: Hooks) -> None:
    checkout(hooks)

    tell(hooks, "checkouts/delete", "checkouts_delete", cart_token=None)

    assert hooks.known(MINA).carts[CART].lines


def test_a_link_that_is_none_or_leads_elsewhere_than_it_seems_is_left_out(hooks: Hooks) -> None:
    for number, link in enumerate(
        (None, "", "javascript:alert(1)", "https://shop.example@evil.example/", "http://x.example/")
    ):
        checkout(hooks, cart_token=f"c{number}", abandoned_checkout_url=link)

    assert {cart.url for cart in hooks.known(MINA).carts.values()} == {None}
