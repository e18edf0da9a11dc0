"""Accounts that the shop has merged are one customer; that one of them is deleted then is no farewell."""

import pytest

import app
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.facts.inbound import ErasureRequest, Person
from tests.builders import START
from tests.naming import FOUR
from tests.webhooks.given import Hooks
from tests.webhooks.shopify.given import MINA, MINAS_ID, ORDER, a_customer, order, tell

pytestmark = pytest.mark.journeys(*FOUR)
GONE = "7001"
OTHER = "mina.old@example.com"


def two_accounts(hooks: Hooks) -> None:
    """Mina has an account with an order, and an older one with another address."""
    order(hooks)
    tell(hooks, "customers/update", "customers_update", id=int(GONE), email=OTHER, verified_email=True,
         updated_at="2026-03-01T00:00:00Z", email_marketing_consent=None)  # fmt: skip
    assert app.parts.names.find(MINAS_ID) != app.parts.names.find(GONE)


def erase(hooks: Hooks, own_id: str) -> None:
    app.parts.ingest([ErasureRequest(Person("shopify", own_id))])
    hooks.machine.pump()


def test_merged_accounts_are_one_customer(hooks: Hooks) -> None:
    two_accounts(hooks)

    tell(hooks, "customers/merge", "customers_merge")

    assert app.parts.names.find(MINAS_ID) == app.parts.names.find(GONE) == app.parts.names.find(OTHER)
    assert set(hooks.known(GONE).orders) == {ORDER}


@pytest.mark.parametrize("status", ["failed", "in_progress", "requested", ""])
def test_a_merge_that_was_not_carried_out_joins_nobody(hooks: Hooks, status: str) -> None:
    two_accounts(hooks)

    tell(hooks, "customers/merge", "customers_merge", status=status)

    assert app.parts.names.find(MINAS_ID) != app.parts.names.find(GONE)


@pytest.mark.parametrize("kept", ["gid://shopify/Company/7", "603851970716743426", "gid://shopify/Customer/x"])
def test_a_name_that_is_no_account_s_joins_nobody(hooks: Hooks, kept: str) -> None:
    two_accounts(hooks)

    tell(hooks, "customers/merge", "customers_merge", admin_graphql_api_customer_kept_id=kept)

    assert app.parts.names.find(MINAS_ID) != app.parts.names.find(GONE)


def test_that_the_merged_account_is_deleted_takes_neither_address_nor_consent(hooks: Hooks) -> None:
    two_accounts(hooks)
    tell(hooks, "customers/merge", "customers_merge")

    tell(hooks, "customers/delete", "customers_delete", id=int(GONE))

    customer = hooks.known(MINAS_ID).customer
    assert customer.email is not None
    assert customer.consents[Purpose.MARKETING].given


def test_that_the_other_one_is_deleted_later_is_its_farewell(hooks: Hooks) -> None:
    two_accounts(hooks)
    tell(hooks, "customers/merge", "customers_merge")

    tell(hooks, "customers/delete", "customers_delete")

    customer = hooks.known(GONE).customer
    assert (customer.email, customer.consents[Purpose.MARKETING].given) == (None, False)


def test_a_merge_may_be_told_first_and_again(hooks: Hooks) -> None:
    for _ in range(2):
        tell(hooks, "customers/merge", "customers_merge")
    order(hooks, customer=a_customer(id=int(GONE)))

    assert app.parts.names.find(MINA) == app.parts.names.find(MINAS_ID)
    assert set(hooks.known(MINAS_ID).orders) == {ORDER}


def test_who_was_erased_is_not_known_again_by_a_merge(hooks: Hooks) -> None:
    two_accounts(hooks)
    key = app.parts.names.find(GONE)
    erase(hooks, GONE)

    tell(hooks, "customers/merge", "customers_merge")

    assert app.parts.names.find(GONE) is None
    assert app.parts.names.find(MINAS_ID) not in (None, key)
    assert set(hooks.known(MINAS_ID).orders) == {ORDER}


def test_an_erasure_forgets_the_merged_account_too(hooks: Hooks) -> None:
    two_accounts(hooks)
    tell(hooks, "customers/merge", "customers_merge")
    erase(hooks, MINAS_ID)

    order(hooks, customer=a_customer(id=int(GONE), email=OTHER), updated_at=START.isoformat())

    assert [app.parts.names.find(name) for name in (GONE, MINAS_ID, OTHER)] == [None] * 3
