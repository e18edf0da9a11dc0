"""Refunds: what was really paid back counts once, in the shop's currency, whichever topic tells it."""

from typing import Any

import pytest

from tests.naming import FOUR
from tests.webhooks.given import Hooks, payload, shopify
from tests.webhooks.shopify.given import MINA, ORDER, order, tell

pytestmark = pytest.mark.journeys(*FOUR)


@pytest.mark.parametrize("first", ["orders/updated", "refunds/create"])
def test_a_refund_counts_once_whichever_topics_tell_it_and_in_whichever_order(hooks: Hooks, first: str) -> None:
    refund = payload("shopify", "refunds_create")
    order(hooks)
    for topic in (first, *({"orders/updated", "refunds/create"} - {first})):
        if topic == "refunds/create":
            tell(hooks, topic, "refunds_create")
        else:
            order(hooks, topic, refunds=[refund], updated_at="2026-03-05T15:16:00Z")

    assert hooks.known(MINA).orders[ORDER].refunded == 1832


def test_a_refund_before_its_order_waits_for_it(hooks: Hooks) -> None:
    tell(hooks, "refunds/create", "refunds_create")
    order(hooks)

    assert hooks.known(MINA).orders[ORDER].refunded == 1832


def test_two_refunds_add_up_and_never_beyond_the_total(hooks: Hooks) -> None:
    refund = payload("shopify", "refunds_create")
    paid = refund["transactions"][0]
    order(hooks)
    tell(hooks, "refunds/create", "refunds_create")
    tell(hooks, "refunds/create", "refunds_create", id=2, transactions=[paid | {"amount": "10.00"}])
    assert hooks.known(MINA).orders[ORDER].refunded == 2832

    tell(hooks, "refunds/create", "refunds_create", id=3, transactions=[paid | {"amount": "59.97"}])

    assert hooks.known(MINA).orders[ORDER].net == 0


def test_only_what_was_really_paid_back_counts(hooks: Hooks) -> None:
    paid = payload("shopify", "refunds_create")["transactions"][0]
    others = [paid | {"status": "failure"}, paid | {"status": "pending"}, paid | {"kind": "void"}]
    order(hooks)
    tell(hooks, "refunds/create", "refunds_create", transactions=others)

    assert hooks.known(MINA).orders[ORDER].refunded == 0


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize(
    ("before", "after", "refunded"),
    [("pending", "success", 1832), ("success", "failure", 0), ("pending", "failure", 0)],
)
def test_what_became_of_a_refund_holds_whichever_word_comes_first(
    hooks: Hooks, before: str, after: str, refunded: int, is_first: bool
) -> None:
    def refund(status: str) -> dict[str, Any]:
        body = payload("shopify", "refunds_create")
        return body | {"transactions": [body["transactions"][0] | {"status": status}]}

    deliveries = [
        shopify("refunds/create", refund(before)),
        shopify(
            "orders/updated",
            payload("shopify", "orders_create", refunds=[refund(after)], updated_at="2026-03-06T00:00:00Z"),
        ),
    ]
    hooks.until("2026-03-07 00:00")
    order(hooks)
    for sent in deliveries if is_first else reversed(deliveries):
        assert hooks.take(sent).status == 200

    assert hooks.known(MINA).orders[ORDER].refunded == refunded


def test_a_refund_that_was_never_about_money_tells_nothing(hooks: Hooks) -> None:
    order(hooks)

    answer = hooks.take(shopify("refunds/create", payload("shopify", "refunds_create", transactions=[])))

    assert (answer.status, answer.json()["received"]) == (200, 0)


def a_set(shops: str, customers: str = "0") -> dict[str, Any]:
    """An amount in the shop's currency and in the customer's."""
    return {
        "shop_money": {"amount": shops, "currency_code": "USD"},
        "presentment_money": {"amount": customers, "currency_code": "JPY"},
    }


SHIPPING = {"subtotal_amount_set": a_set("5.00", "750")}
AS_ADJUSTED = {"kind": "shipping_refund", "amount_set": a_set("-5.00", "-750"), "tax_amount_set": a_set("-0.50", "-75")}
KEPT = {"kind": "refund_discrepancy", "amount_set": a_set("10.00", "1500"), "tax_amount_set": a_set("0.00")}
GIVEN_MORE = {"kind": "refund_discrepancy", "amount_set": a_set("-2.00", "-300"), "tax_amount_set": None}


@pytest.mark.parametrize(
    ("changes", "refunded"),
    [
        ({}, 1832),
        ({"refund_shipping_lines": [SHIPPING]}, 1832 + 500),
        ({"order_adjustments": [AS_ADJUSTED]}, 1832 + 550),
        ({"order_adjustments": [AS_ADJUSTED], "refund_shipping_lines": [SHIPPING]}, 1832 + 550),
        ({"order_adjustments": [KEPT]}, 1832 - 1000),
        ({"order_adjustments": [GIVEN_MORE], "refund_shipping_lines": [SHIPPING]}, 1832 + 200 + 500),
        ({"total_duties_set": a_set("1.00", "150")}, 1832 + 100),
        ({"refund_line_items": [], "refund_shipping_lines": [SHIPPING]}, 500),
        ({"refund_line_items": [], "order_adjustments": [GIVEN_MORE]}, 200),
        ({"refund_line_items": [], "order_adjustments": None, "refund_shipping_lines": None}, 0),
    ],
)
@pytest.mark.parametrize("topic", ["refunds/create", "orders/updated"])
def test_a_refund_in_another_currency_counts_as_the_shop_tells_it(
    hooks: Hooks, topic: str, changes: dict[str, Any], refunded: int
) -> None:
    paid = payload("shopify", "refunds_create")["transactions"][0] | {"amount": "1000", "currency": "JPY"}
    refund = payload("shopify", "refunds_create", transactions=[paid], **changes)
    order(hooks)
    if topic == "refunds/create":
        hooks.take(shopify(topic, refund))
    else:
        order(hooks, topic, refunds=[refund], updated_at="2026-03-06T00:00:00Z")

    assert hooks.answers[-1].status == 200
    assert hooks.known(MINA).orders[ORDER].refunded == refunded


def test_a_refund_in_the_shop_s_currency_is_what_was_paid(hooks: Hooks) -> None:
    order(hooks)
    tell(hooks, "refunds/create", "refunds_create", order_adjustments=[KEPT], refund_shipping_lines=[SHIPPING])

    assert hooks.known(MINA).orders[ORDER].refunded == 1832


def test_a_refund_without_any_time_was_made_when_it_was_reported(hooks: Hooks) -> None:
    """As in Shopify's own sample, and with what else may be null."""
    refund = payload("shopify", "refunds_create")
    transactions = [each | {"processed_at": None, "created_at": None} for each in refund["transactions"]]
    order(hooks)

    tell(hooks, "refunds/create", "refunds_create", created_at=None, processed_at=None, transactions=transactions,
         refund_shipping_lines=None, total_duties_set=None, order_adjustments=None, duties=None)  # fmt: skip

    assert hooks.known(MINA).orders[ORDER].refunded == 1832
