"""Customers: guests and accounts, corrected addresses, profiles and deletions."""

from typing import Any

import pytest

import app
from chalicelib.domain.channel import Channel
from chalicelib.domain.facts.consent import Purpose
from tests.builders import utc
from tests.naming import FOUR
from tests.webhooks.given import Hooks
from tests.webhooks.woocommerce.given import CART, JUN, JUNS_ID, ORDER, account, order, runs, tell

pytestmark = pytest.mark.journeys(*FOUR)


@pytest.mark.parametrize("nobody", [0, "0", None])
def test_a_guest_has_no_id(hooks: Hooks, nobody: Any) -> None:
    order(hooks, customer_id=nobody)
    order(hooks, id=728, customer_id=0, billing={"email": "another@example.com"})

    assert app.parts.names.find("0") is None
    assert (set(hooks.known(JUN).orders), hooks.known(JUN).customer.email) == ({ORDER}, JUN)
    assert set(hooks.known("another@example.com").orders) == {"728"}


@pytest.mark.parametrize("status", ["pending", "processing"])
def test_another_person_s_address_on_an_account_s_order_makes_one_of_nobody(hooks: Hooks, status: str) -> None:
    account(hooks, id=9, email="victim@example.com")
    order(hooks, id=900, customer_id=9)
    account(hooks, id=66, email="attacker@example.com")
    order(hooks, id=901, customer_id=66, status=status, date_paid_gmt=None, billing={"email": "victim@example.com"})
    account(hooks, id=66, email="attacker@example.com", date_modified_gmt="2026-03-02T08:45:00")

    victim, attacker = hooks.known("woocommerce:9"), hooks.known("woocommerce:66")
    assert (victim.customer.address(Channel.EMAIL), set(victim.orders)) == ("victim@example.com", {"900"})
    assert attacker.customer.address(Channel.EMAIL) == "attacker@example.com"
    assert "900" not in attacker.orders
    assert attacker.at_address == (), "their own mails go elsewhere"
    assert [other.customer.key for other in victim.at_address] == [attacker.customer.key], "it stops mails there"


@pytest.mark.parametrize("is_first", [True, False])
def test_a_guest_s_corrected_address_takes_the_cart_and_the_order_along(hooks: Hooks, is_first: bool) -> None:
    mistyped = {"customer_id": 0, "billing": {"email": "jun@exmaple.com"}}
    changes: list[dict[str, Any]] = [
        {**mistyped, "status": "pending", "date_paid_gmt": None, "date_modified_gmt": "2026-03-02T08:31:00"},
        {"customer_id": 0, "date_modified_gmt": "2026-03-02T08:50:00"},
    ]
    for each in changes if is_first else reversed(changes):
        order(hooks, "order.updated", **each)

    stranger, jun = hooks.known("jun@exmaple.com"), hooks.known(JUN)
    assert (stranger.carts, stranger.orders) == ({}, {})
    assert (set(jun.carts), set(jun.orders)) == ({CART}, {ORDER})
    assert set(runs("jun@exmaple.com").values()) <= {None}


def test_an_account_s_address_is_the_one_that_the_customer_topics_tell(hooks: Hooks) -> None:
    order(hooks)
    assert hooks.known(JUNS_ID).customer.address(Channel.EMAIL) is None

    account(hooks)

    assert hooks.known(JUN).customer.address(Channel.EMAIL) == JUN
    assert set(hooks.known(JUN).orders) == {ORDER}


def test_a_guest_who_makes_an_account_is_another_customer_because_anybody_can_name_that_address(hooks: Hooks) -> None:
    order(hooks, customer_id=0)
    account(hooks)

    guest, jun = hooks.known(JUN), hooks.known(JUNS_ID)
    assert (guest.customer.email, set(guest.orders)) == (JUN, {ORDER})
    assert (jun.customer.email, jun.customer.claimed_email, jun.orders) == (None, JUN, {})
    assert [set(other.orders) for other in jun.at_address] == [{ORDER}], "but the order ends the account's carts"


@pytest.mark.settings(TRUSTED_ADDRESSES="woocommerce")
def test_a_guest_who_makes_an_account_keeps_the_history_where_the_shop_verifies_addresses(hooks: Hooks) -> None:
    order(hooks, customer_id=0)
    account(hooks)

    assert app.parts.names.find(JUN) == app.parts.names.find(JUNS_ID)
    assert set(hooks.known(JUNS_ID).orders) == {ORDER}


@pytest.mark.parametrize("topic", ["customer.created", "customer.updated"])
def test_a_customer_s_profile(hooks: Hooks, topic: str) -> None:
    hooks.until("2026-03-07 00:00")
    account(hooks)
    order(hooks)
    tell(hooks, topic, "customer_updated")

    known = hooks.known("jun.new@example.com")
    assert known.customer.claimed_email == "jun.new@example.com"
    assert known.customer.reported_at("claimed_email") == utc("2026-03-04 08:00")
    assert set(known.orders) == {ORDER}


def test_a_customer_never_changed_is_as_they_were_made(hooks: Hooks) -> None:
    tell(hooks, "customer.created", "customer_updated", date_modified_gmt=None)

    assert hooks.known(JUNS_ID).customer.at == utc("2026-02-20 08:00")


def test_a_deleted_customer_has_no_address_and_gets_no_mail(hooks: Hooks) -> None:
    account(hooks)
    order(hooks)
    tell(hooks, "customer.deleted", "customer_deleted")

    known = hooks.known(JUNS_ID)
    assert (known.customer.address(Channel.EMAIL), known.customer.consents[Purpose.MARKETING].given) == (None, False)
    assert set(known.orders) == {ORDER}
