"""Customers: guests and accounts, changed addresses, deletions, and the names by which each is known."""

from typing import Any

import pytest

import app
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.facts.inbound import Person
from tests.builders import START, utc
from tests.naming import FOUR
from tests.webhooks.given import Hooks, payload, shopify
from tests.webhooks.shopify.given import CART, MINA, MINAS_ID, ORDER, a_customer, checkout, order, tell

pytestmark = pytest.mark.journeys(*FOUR)


def test_a_guest_is_known_by_the_address_they_typed(hooks: Hooks) -> None:
    checkout(hooks, customer=None)
    order(hooks, customer=None)

    known = hooks.known(MINA)
    assert (known.customer.email, set(known.carts), set(known.orders)) == (MINA, {CART}, {ORDER})


def test_a_guest_and_the_account_with_their_address_are_one(hooks: Hooks) -> None:
    checkout(hooks, customer=None)
    order(hooks)

    assert app.parts.names.find(MINA) == app.parts.names.find(MINAS_ID)
    assert set(hooks.known(MINA).carts) == {CART}


def test_a_changed_address_keeps_the_history(hooks: Hooks) -> None:
    order(hooks)
    tell(hooks, "customers/update", "customers_update")
    order(hooks, "orders/fulfilled", updated_at="2026-03-09T00:00:00Z")  # which still tells the address of then

    known = hooks.known("mina.new@example.com")
    assert (known.customer.email, known.customer.country, set(known.orders)) == ("mina.new@example.com", "JP", {ORDER})
    assert app.parts.names.find(MINA) == app.parts.names.find("mina.new@example.com")


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_deleted_customer_has_no_address_and_gets_no_mail_but_keeps_the_orders(hooks: Hooks, wrapped: bool) -> None:
    body = payload("shopify", "customers_delete")
    order(hooks)
    hooks.take(shopify("customers/delete", {"customer": body} if wrapped else body))

    known = hooks.known(MINAS_ID)
    assert (known.customer.email, known.customer.consents[Purpose.MARKETING].given) == (None, False)
    assert known.customer.reported_at("email") == utc("2026-03-02 08:40:00.877")
    assert set(known.orders) == {ORDER}


@pytest.mark.parametrize("header", ["", "yesterday", "9999-01-01T00:00:00Z", "0001-01-01T00:00:00Z"])
def test_a_deletion_without_a_good_time_happened_just_now(hooks: Hooks, header: str) -> None:
    sent = shopify("customers/delete", payload("shopify", "customers_delete"))

    assert hooks.take(sent.again(x_shopify_triggered_at=header)).status == 200

    assert hooks.known(MINAS_ID).customer.reported_at("email") == START


@pytest.mark.parametrize("customer", [None, {}, {"id": None, "email": "another@example.com"}])
def test_a_customer_without_an_id_is_none(hooks: Hooks, customer: Any) -> None:
    checkout(hooks, customer=customer)
    order(hooks, customer=customer)

    known = hooks.known(MINA)
    assert (set(known.carts), set(known.orders), known.customer.email) == ({CART}, {ORDER}, MINA)
    assert app.parts.names.find("another@example.com") is None


@pytest.mark.parametrize("junk", ["", "no address", "x" * 300 + "@example.com", "a@b"])
def test_an_address_that_is_none_does_not_keep_an_order_out(hooks: Hooks, junk: str) -> None:
    order(hooks, email=junk, contact_email=None, customer=a_customer(email=junk, first_name="  ", last_name=None))

    known = hooks.known(MINAS_ID)
    assert (known.customer.email, known.customer.name, set(known.orders)) == (None, None, {ORDER})


@pytest.mark.parametrize(
    ("locale", "language"), [("ja", "ja"), ("pt-BR", "pt"), ("zh_Hant", "zh"), ("fil", None), ("", None), (None, None)]
)
def test_a_language_is_the_locale_s(hooks: Hooks, locale: str | None, language: str | None) -> None:
    order(hooks, customer_locale=locale)

    assert hooks.known(MINA).customer.language == language


def test_a_person_s_names_are_theirs_alone_and_tokens_a_visitor_s(hooks: Hooks) -> None:
    order(hooks)

    names = app.parts.identity.names(
        Person("shopify", MINAS_ID, MINA, (CART, "123123123", f"order#{ORDER}"), is_verified=True)
    )
    key = app.parts.names.find(MINA)
    known = app.parts.names.known([*names.own, *names.visits])
    assert {each.customer for each in known.values()} == {key}
    assert len(known) == 5
