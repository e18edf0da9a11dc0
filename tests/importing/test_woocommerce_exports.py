"""Files of WooCommerce's orders and customers: the same people and orders as by its webhooks."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from chalicelib.domain.facts.order import Order
from tests.importing.exports import WOO_CUSTOMER, WOO_ORDER, WRITTEN, facts, order_in, profile_in, read
from tests.naming import FOUR

pytestmark = [pytest.mark.journeys(*FOUR), pytest.mark.usefixtures("folder")]


@pytest.mark.parametrize(("customer", "own_id"), [("26", "26"), ("0", None), ("", None)])
def test_an_order_of_woocommerce_is_an_accounts_or_a_guests(tmp_path: Path, customer: str, own_id: str | None) -> None:
    rows = read(tmp_path, "woocommerce", "orders", WOO_ORDER | {"customer_id": customer}, zone="Europe/Berlin")

    order, found = order_in(rows)
    assert (order.id, order.total.amount, order.total.currency, order.refunded) == ("727", 2935, "EUR", 500)
    assert order.placed_at == datetime(2026, 3, 2, 18, 5, tzinfo=UTC)
    assert found.person
    assert (found.person.source, found.person.id, found.person.email) == ("woocommerce", own_id, "ann@example.com")


def test_other_names_of_the_columns_are_those_of_other_extensions(tmp_path: Path) -> None:
    names = {"date": "order_date", "customer_id": "customer_user", "billing_email": "customer_email"}
    row = {names.get(name, name): cell for name, cell in WOO_ORDER.items()}

    order, found = order_in(read(tmp_path, "woocommerce", "orders", row))

    assert found.person
    assert (order.id, found.person.id, found.person.email) == ("727", "26", "ann@example.com")


def test_an_unpaid_order_of_woocommerce_is_no_order(tmp_path: Path) -> None:
    rows = read(tmp_path, "woocommerce", "orders", WOO_ORDER | {"status": "wc-pending"})

    assert not [each for each in facts(rows) if isinstance(each.fact, Order)]


def test_a_customer_of_woocommerce_only_claims_the_address(tmp_path: Path) -> None:
    profile, found = profile_in(read(tmp_path, "woocommerce", "customers", WOO_CUSTOMER))

    assert found.person
    assert (found.person.id, found.person.is_proved) == ("26", False)
    assert (profile.claimed_email or profile.email, profile.name, profile.at) == ("ann@example.com", "Ann Lee", WRITTEN)


def test_two_shops_orders_of_one_number_are_not_taken_for_one(tmp_path: Path) -> None:
    other = WOO_ORDER | {"billing_email": "bob@example.com"}

    (row,) = read(tmp_path, "woocommerce", "orders", WOO_ORDER, other, zone="Europe/Berlin")

    assert row.reason.startswith("billing_email: differs in rows of the same order_id")


def test_guests_in_a_file_of_customers_are_known_by_their_addresses(tmp_path: Path) -> None:
    rows = [
        WOO_CUSTOMER | {"customer_id": own, "email": f"{who}@example.com"}
        for own, who in (("0", "a"), ("0", "b"), ("0.0", "c"))
    ]

    people = [found.person for found in facts(read(tmp_path, "woocommerce", "customers", *rows))]

    assert [(each.id, each.email) for each in people if each] == [(None, f"{who}@example.com") for who in "abc"]


@pytest.mark.parametrize("status", ["Pending payment", "pending", "wc-pending", "Canceled"])
def test_states_may_be_called_as_the_shop_s_staff_see_them(tmp_path: Path, status: str) -> None:
    orders = [each.fact for each in facts(read(tmp_path, "woocommerce", "orders", WOO_ORDER | {"status": status}))]

    assert [each for each in orders if isinstance(each, Order) and not each.cancelled_at] == []
