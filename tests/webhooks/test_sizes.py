"""However long names are, in whichever letters: what is taken can be stored, and what cannot is refused whole."""

from typing import Any

import boto3
import pytest

import app
from chalicelib.domain.facts.cart import Line
from tests.builders import START
from tests.naming import FOUR
from tests.webhooks.given import Hooks, Sent, events, payload, segment, shopify, woocommerce

pytestmark = pytest.mark.journeys(*FOUR)
LETTERS = {"emoji": "\U0001f600", "quote": '"', "han": "茶", "latin": "a"}
FACTS: dict[str, dict[str, Any]] = {
    "cart": {"type": "cart", "customer_id": "c1", "id": "k1", "total": 1250, "currency": "USD"},
    "order": {"type": "order", "customer_id": "c1", "id": "o1", "total": 1250, "currency": "USD"},
    "launch": {"type": "launch", "id": "l1", "name": "Spring", "segment": "loyal"},
}


def names(letter: str, number: int) -> list[str]:
    """So many names of 200 letters, each another."""
    return [letter * 196 + f"{each:04}" for each in range(number)]


def stored(kind: str = "") -> list[str]:
    """The facts of this kind, as their text."""
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=app.parts.settings.commerce_table)
    items = [item for page in pages for item in page["Items"]]
    return [item["fact"]["S"] for item in items if "fact" in item and item["sk"]["S"].startswith(kind)]


def carts(titles: list[str]) -> list[Sent]:
    """A cart of these products, which have no ids, by each source that allows that."""
    checkout = payload("shopify", "checkouts_update")
    lines = [checkout["line_items"][0] | {"product_id": None, "title": title} for title in titles]
    order = payload("woocommerce", "order_created", status="pending", date_paid_gmt=None)
    items = [order["line_items"][0] | {"product_id": None, "name": title} for title in titles]
    viewed = payload("segment", "cart_viewed")
    products = [{"name": title, "price": 1, "quantity": 1} for title in titles]
    return [
        shopify("checkouts/create", checkout | {"line_items": lines}),
        woocommerce("order.created", order | {"line_items": items}),
        segment(viewed | {"properties": viewed["properties"] | {"products": products}}),
    ]


def orders(titles: list[str]) -> list[Sent]:
    """The same as an order."""
    order = payload("shopify", "orders_create")
    lines = [order["line_items"][0] | {"product_id": None, "title": title} for title in titles]
    paid = payload("woocommerce", "order_created")
    items = [paid["line_items"][0] | {"product_id": None, "name": title} for title in titles]
    completed = payload("segment", "order_completed")
    products = [{"name": title, "price": 1, "quantity": 1} for title in titles]
    return [
        shopify("orders/create", order | {"line_items": lines}),
        woocommerce("order.created", paid | {"line_items": items}),
        segment(completed | {"properties": completed["properties"] | {"products": products}}),
    ]


@pytest.mark.parametrize("letter", LETTERS.values(), ids=LETTERS)
def test_a_cart_of_the_longest_names_keeps_as_many_lines_as_can_be_stored(hooks: Hooks, letter: str) -> None:
    for sent in carts(names(letter, 320)):
        assert hooks.take(sent).status == 200

    found = stored("CART#")
    assert len(found) == 3
    for text in found:
        assert len(text.encode()) > 300_000 or text.count('"quantity"') == 300


@pytest.mark.parametrize("letter", LETTERS.values(), ids=LETTERS)
def test_an_order_of_the_longest_names_is_stored(hooks: Hooks, letter: str) -> None:
    for sent in orders(names(letter, 520)):
        assert hooks.take(sent).status == 200

    assert len(stored("ORDER#")) == 3


def test_a_name_in_letters_of_three_bytes_is_a_product_s_as_it_is(hooks: Hooks) -> None:
    (title,) = names("茶", 1)
    hooks.take(carts([title])[0])

    (cart,) = hooks.known("mina@example.com").carts.values()
    assert cart.lines == (Line(title, title, 3, 1999),)


def a_cart(letter: str) -> dict[str, Any]:
    """The largest cart that the API takes, as far as the number of lines and letters goes."""
    lines = [{"product": "p" * 128, "name": name, "quantity": 10**6, "price": 10**15} for name in names(letter, 300)]
    return FACTS["cart"] | {"at": START.isoformat(), "lines": lines}


@pytest.mark.parametrize("letter", ["\u0001", "\U0001f600"], ids=["control", "emoji"])
def test_a_cart_that_is_too_large_to_store_is_rejected_for_its_lines(hooks: Hooks, letter: str) -> None:
    small = FACTS["cart"] | {"id": "k0", "at": START.isoformat()}

    answer = hooks.take(events({"facts": [small, a_cart(letter)]}))

    if letter == "\u0001":
        assert [each["field"] for each in answer.json()["rejected"]] == ["$.facts[1].lines"]
        assert (answer.json()["stored"], list(hooks.known("c1").carts)) == (1, ["k0"])
    else:
        assert answer.json() == {"received": 2, "stored": 2}
        assert len(hooks.known("c1").carts["k1"].lines) == 300


def test_the_largest_order_and_the_largest_launch_are_stored(hooks: Hooks) -> None:
    at, ids = START.isoformat(), [f"{number:0128}" for number in range(500)]
    order = FACTS["order"] | {"placed_at": at, "products": ids, "coupon": "c" * 128, "cart_id": "k" * 128}
    opened = {"opens_at": at, "ends_at": "2026-04-01T00:00:00Z", "url": "https://" + "\U0001f600" * 492}
    launch = FACTS["launch"] | {"at": at, "products": ids, "name": "\u0001" * 200} | opened

    answer = hooks.take(events({"facts": [order, launch]})).json()

    assert (answer["received"], answer["stored"]) == (2, 2)


def test_a_consent_s_channels_have_a_number(hooks: Hooks) -> None:
    consent = {"given": True, "at": START.isoformat(), "channels": ["abcdefghijklmnopqrst"] * 30_000}
    customer = {"type": "customer", "id": "c1", "at": START.isoformat(), "consents": {"marketing": consent}}

    answer = hooks.take(events(customer))

    assert (len(answer.json()["rejected"]), stored()) == (1, [])
