"""Amounts as Shopify really sends them: the customer's currency, edited orders, payments that were never taken."""

from typing import Any

import pytest

from chalicelib.domain.facts.cart import Line
from chalicelib.domain.money import Money
from tests.naming import FOUR
from tests.webhooks.given import Hooks, payload, shopify
from tests.webhooks.shopify.given import CART, MINA, ORDER, checkout, order, tell

pytestmark = pytest.mark.journeys(*FOUR)


def a_refund(amount: str) -> dict[str, Any]:
    """A refund of the order, by one payment back."""
    paid_back = [{"kind": "refund", "amount": amount, "currency": "USD", "status": "success"}]
    return {"id": 77, "order_id": int(ORDER), "created_at": "2026-03-02T08:35:00Z", "transactions": paid_back}


def in_yen(amount: str) -> dict[str, Any]:
    """An amount in the shop's currency and in the customer's."""
    return {
        "shop_money": {"amount": "19.99", "currency_code": "USD"},
        "presentment_money": {"amount": amount, "currency_code": "JPY"},
    }


def test_a_checkout_is_in_the_currency_that_the_customer_sees(hooks: Hooks) -> None:
    lines = [payload("shopify", "checkouts_update")["line_items"][0] | {"price": "5000", "quantity": 3}]
    checkout(hooks, currency="USD", presentment_currency="JPY", total_price="15000", line_items=lines)

    cart = hooks.known(MINA).carts[CART]
    assert (cart.total, cart.lines) == (
        Money(15000, "JPY"),
        (Line("788032119674292922", "First flush Darjeeling", 3, 5000),),
    )


def test_so_is_a_cart(hooks: Hooks) -> None:
    line = payload("shopify", "carts_update")["line_items"][0]
    shown = {"price_set": in_yen("3000"), "line_price_set": in_yen("9000")}
    tell(hooks, "carts/update", "carts_update", line_items=[line | shown])
    checkout(hooks, updated_at="2026-03-02T03:05:00-05:00")  # earlier; it says whose the cart is

    cart = hooks.known(MINA).carts[CART]
    assert (cart.total, [line.price for line in cart.lines]) == (Money(9000, "JPY"), [3000])


@pytest.mark.parametrize(
    ("total", "current", "refunds", "ordered", "net"),
    [
        ("59.97", None, [], 5997, 5997),
        ("59.97", "39.98", [], 3998, 3998),  # a line was taken out before it was paid
        ("59.97", "79.96", [], 7996, 7996),  # one was put in
        ("59.97", "39.98", ["19.99"], 5997, 3998),  # one was taken out, and paid back
        ("59.97", "0.00", ["19.99", "39.98"], 5997, 0),
    ],
)
def test_an_edited_order_is_worth_what_is_left_of_it(
    hooks: Hooks, total: str, current: str | None, refunds: list[str], ordered: int, net: int
) -> None:
    told = [a_refund(amount) | {"id": number} for number, amount in enumerate(refunds)]
    order(hooks, total_price=total, current_total_price=current, refunds=told)

    found = hooks.known(MINA).orders[ORDER]
    assert (found.total.amount, found.net) == (ordered, net)


def test_a_refund_that_is_told_by_itself_first_counts_once(hooks: Hooks) -> None:
    order(hooks)
    tell(hooks, "refunds/create", "refunds_create", **a_refund("19.99"), refund_line_items=[], order_adjustments=[])
    assert hooks.known(MINA).orders[ORDER].net == 3998

    later = "2026-03-02T08:36:00Z"
    order(hooks, "orders/updated", current_total_price="39.98", refunds=[a_refund("19.99")], updated_at=later)

    assert hooks.known(MINA).orders[ORDER].net == 3998


def test_an_order_whose_payment_was_never_taken_is_none(hooks: Hooks) -> None:
    order(hooks, financial_status="voided")

    found = hooks.known(MINA).orders[ORDER]
    assert (found.net, found.is_kept) == (0, False)


@pytest.mark.parametrize("reverse", [False, True])
def test_of_two_changes_of_one_second_the_later_one_counts(hooks: Hooks, reverse: bool) -> None:
    first = shopify("orders/updated", payload("shopify", "orders_create", current_total_price="39.98"))
    second = shopify("orders/updated", payload("shopify", "orders_create", current_total_price="9.99"))
    deliveries = [
        first.again(x_shopify_triggered_at="2026-03-02T08:30:05.200Z", x_shopify_event_id="a"),
        second.again(x_shopify_triggered_at="2026-03-02T08:30:05.700Z", x_shopify_event_id="b"),
    ]

    for each in reversed(deliveries) if reverse else deliveries:
        assert hooks.take(each).status == 200

    assert hooks.known(MINA).orders[ORDER].total == Money(999, "USD")
