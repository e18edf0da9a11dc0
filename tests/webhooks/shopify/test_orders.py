"""Orders: paid, fulfilled, cancelled, moved to another customer, and whatever a shop leaves out of them."""

from datetime import timedelta
from typing import Any

import pytest

import app
from chalicelib.domain.money import Money
from tests.builders import START, utc
from tests.naming import FOUR
from tests.webhooks.given import Hooks, payload, shopify
from tests.webhooks.shopify.given import CART, MINA, ORDER, a_customer, checkout, order, tell

pytestmark = pytest.mark.journeys(*FOUR)


def test_an_order_ends_the_cart_it_came_of(hooks: Hooks) -> None:
    checkout(hooks)
    order(hooks)

    found = hooks.known(MINA).orders[ORDER]
    assert (found.cart_id, found.coupon, found.products) == (CART, "CART-7Q2M", ("788032119674292922",))
    assert (found.total, found.refunded, found.net) == (Money(5997, "USD"), 0, 5997)
    assert (found.placed_at, found.at) == (utc("2026-03-02 08:30"), utc("2026-03-02 08:30:05.999"))
    runs = app.parts.engagement.of(app.parts.names.find(MINA) or "").enrollments
    assert [run.due_at for run in runs if run.journey == "abandoned_cart"] == [None]


def test_an_imported_order_was_placed_when_it_was_processed(hooks: Hooks) -> None:
    order(hooks, processed_at="2024-01-01T00:00:00Z")

    assert hooks.known(MINA).orders[ORDER].placed_at == utc("2024-01-01 00:00")


@pytest.mark.parametrize("wrapped", [True, False])
@pytest.mark.parametrize(
    "topic", ["orders/create", "orders/paid", "orders/updated", "orders/cancelled", "orders/fulfilled"]
)
def test_every_topic_of_orders_tells_the_order_wrapped_or_not(hooks: Hooks, topic: str, wrapped: bool) -> None:
    body = payload("shopify", "orders_create")

    assert hooks.take(shopify(topic, {"order": body} if wrapped else body)).status == 200

    assert set(hooks.known(MINA).orders) == {ORDER}


def test_a_cancelled_order_brings_nothing(hooks: Hooks) -> None:
    order(hooks)
    order(hooks, "orders/cancelled", cancelled_at="2026-03-02T04:00:00-05:00", updated_at="2026-03-02T04:00:00-05:00")

    found = hooks.known(MINA).orders[ORDER]
    assert (found.cancelled_at, found.net) == (utc("2026-03-02 09:00"), 0)


def test_an_order_is_fulfilled_when_its_last_parcel_went_off(hooks: Hooks) -> None:
    parcels = [
        {"id": 1, "created_at": "2026-03-03T08:00:00Z", "status": "success"},
        {"id": 2, "created_at": "2026-03-04T08:00:00Z", "status": "success"},
        {"id": 3, "created_at": "2026-03-05T08:00:00Z", "status": "cancelled"},
    ]
    order(
        hooks, "orders/updated", fulfillments=parcels, fulfillment_status="partial", updated_at="2026-03-04T08:00:00Z"
    )
    assert hooks.known(MINA).orders[ORDER].fulfilled_at is None

    order(
        hooks,
        "orders/fulfilled",
        fulfillments=parcels,
        fulfillment_status="fulfilled",
        updated_at="2026-03-05T08:00:00Z",
    )

    assert hooks.known(MINA).orders[ORDER].fulfilled_at == utc("2026-03-04 08:00")


def test_a_coupon_of_ours_is_redeemed_whatever_else_was_typed(hooks: Hooks) -> None:
    order(hooks, customer=a_customer())
    key = app.parts.names.find(MINA) or ""
    app.parts.coupons.issue("AB2CD3EF4G", key, 10, START + timedelta(days=1))

    codes = [{"code": "SPRING SALE"}, {"code": "WELCOME"}, {"code": "ab2cd3ef4g"}]
    order(hooks, "orders/updated", discount_codes=codes, updated_at="2026-03-05T00:00:00Z")

    assert app.parts.coupons.redeem("AB2CD3EF4G", ORDER)
    assert not app.parts.coupons.redeem("AB2CD3EF4G", "another order")


@pytest.mark.parametrize(
    "line", [{"price": "33.333"}, {"price": "free"}, {"price": None}, {"quantity": -1}, {"quantity": "two"}]
)
def test_nothing_of_a_line_refuses_an_order(hooks: Hooks, line: dict[str, Any]) -> None:
    lines = [payload("shopify", "orders_create")["line_items"][0] | line]

    assert hooks.take(shopify("orders/create", payload("shopify", "orders_create", line_items=lines))).status == 200
    assert len(hooks.known(MINA).orders) == 1


def test_what_is_missing_altogether_refuses_nothing(hooks: Hooks) -> None:
    for topic, name in (("orders/create", "orders_create"), ("checkouts/update", "checkouts_update")):
        assert hooks.take(shopify(topic, payload("shopify", name, line_items=None))).status == 200
    refund = payload("shopify", "refunds_create", transactions=None, refund_line_items=None)
    assert hooks.take(shopify("refunds/create", refund)).status == 200


def test_an_order_that_was_given_to_another_customer_stays_theirs_however_late_the_old_version_is_sent_again(
    hooks: Hooks,
) -> None:
    first = payload("shopify", "orders_create", updated_at="2026-03-02T09:00:00Z")
    first["customer"] = first["customer"] | {"updated_at": "2026-03-02T09:59:00Z"}  # their profile changed since
    other = {"id": 77, "email": "kim@example.com", "updated_at": "2026-03-01T00:00:00Z"}
    moved = first | {"customer": other, "email": "kim@example.com", "updated_at": "2026-03-02T09:30:00Z"}
    for version in (first, moved, first):
        assert hooks.take(shopify("orders/updated", version)).status == 200

    assert len(hooks.known("kim@example.com").orders) == 1
    assert hooks.known(MINA).orders == {}


def test_a_deleted_order_is_a_cancelled_one(hooks: Hooks) -> None:
    order(hooks)

    tell(hooks, "orders/delete", "orders_delete")

    found = hooks.known(MINA).orders[ORDER]
    assert found.cancelled_at == utc("2026-03-02 08:40:00.877")  # when it was triggered


def test_an_edit_tells_nothing_that_the_order_does_not_tell(hooks: Hooks) -> None:
    order(hooks)
    before = hooks.known(MINA).orders

    answer = hooks.take(shopify("orders/edited", payload("shopify", "orders_edited")))

    assert (answer.status, answer.json()) == (200, {"received": 0, "stored": 0})  # and is no unused topic
    assert hooks.known(MINA).orders == before
