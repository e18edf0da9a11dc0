"""Orders: completed, refunded, cancelled; their amounts, their ids and what is left out of them."""

import json
from typing import Any

import pytest

import app
from chalicelib.domain.money import Money
from tests.builders import utc
from tests.naming import FOUR
from tests.webhooks.given import Hooks, segment
from tests.webhooks.segment.given import AIKO, AIKOS_ID, CART, LINES, ORDER, message, tell

pytestmark = pytest.mark.journeys(*FOUR)


def test_an_order_is_completed(hooks: Hooks) -> None:
    tell(hooks, "identify", "cart_viewed", "order_completed")

    order = hooks.known(AIKO).orders[ORDER]
    assert (order.total, order.placed_at, order.cart_id) == (Money(2810, "USD"), utc("2026-03-02 08:15"), CART)
    assert (order.products, order.coupon) == (tuple(line.product for line in LINES), "CART-7Q2M")


@pytest.mark.parametrize(
    ("amounts", "total"),
    [
        ({"total": 27.5, "value": 26, "revenue": 25}, 2750),
        ({"value": "26.00", "revenue": 25}, 2600),
        ({"revenue": 25.0}, 2500),
    ],
)
def test_an_order_s_total_is_the_most_complete_amount(hooks: Hooks, amounts: dict[str, Any], total: int) -> None:
    tell(hooks, "identify", message("order_completed", {"total": None, "revenue": None, **amounts}))

    assert hooks.known(AIKO).orders[ORDER].total == Money(total, "USD")


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [("25.5", "USD", 2550), ("1.10", "USD", 110), ("2.55e1", "USD", 2550), ("0.29", "usd", 29), ("4350", "KRW", 4350),
     ("12345678901.23", "USD", 1234567890123), ('"19.99"', "USD", 1999), ("1.234", "BHD", 1234),
     ("4350.00", "JPY", 4350)],
)  # fmt: skip
def test_a_number_is_read_as_it_is_written(hooks: Hooks, text: str, currency: str, amount: int) -> None:
    written = json.dumps(message("order_completed", {"total": 7777777, "currency": currency, "products": []}))

    assert hooks.take(segment(written.replace("7777777", text).encode())).status == 200

    assert hooks.known(AIKOS_ID).orders[ORDER].total == Money(amount, currency.upper())


@pytest.mark.parametrize("first", ["order_completed", "order_refunded"])
def test_a_refund_counts_whichever_comes_first(hooks: Hooks, first: str) -> None:
    tell(hooks, "identify", first, *({"order_completed", "order_refunded"} - {first}))

    assert hooks.known(AIKO).orders[ORDER].refunded == 350


def test_two_refunds_add_up_and_one_sent_twice_counts_once(hooks: Hooks) -> None:
    tell(hooks, "order_completed", "order_refunded", "order_refunded", message("order_refunded", messageId="another"))

    assert hooks.known(AIKOS_ID).orders[ORDER].refunded == 700


def test_a_refund_without_an_amount_is_of_all(hooks: Hooks) -> None:
    tell(hooks, "order_completed", message("order_refunded", {"total": None, "currency": None, "products": []}))

    assert hooks.known(AIKOS_ID).orders[ORDER].net == 0


@pytest.mark.parametrize("first", ["order_completed", "order_cancelled"])
def test_a_cancelled_order_brings_nothing_whichever_comes_first(hooks: Hooks, first: str) -> None:
    hooks.until("2026-03-07 00:00")
    tell(hooks, first, *({"order_completed", "order_cancelled"} - {first}))

    order = hooks.known(AIKOS_ID).orders[ORDER]
    assert (order.cancelled_at, order.net) == (utc("2026-03-05 08:00"), 0)


def test_a_cancelled_order_is_left_out_of_the_standing_at_once(hooks: Hooks) -> None:
    tell(hooks, "order_completed")
    key = app.parts.names.find(AIKOS_ID) or ""
    before = app.parts.engagement.of(key).standing

    tell(hooks, "order_cancelled")

    after = app.parts.engagement.of(key).standing
    assert (before and before.orders, after and after.orders) == (1, 0)


def test_what_is_done_to_an_order_need_not_say_whose_it_is(hooks: Hooks) -> None:
    tell(hooks, "order_completed", message("order_cancelled", userId=None))

    assert hooks.known(AIKOS_ID).orders[ORDER].net == 0


def test_an_updated_order_changes_nothing(hooks: Hooks) -> None:
    tell(hooks, "order_completed")
    before = hooks.known(AIKOS_ID)

    tell(hooks, message("order_completed", {"total": 1}, event="Order Updated", timestamp="2026-03-07T00:00:00Z"))

    assert hooks.known(AIKOS_ID) == before


def test_a_page_that_is_loaded_again_tells_no_second_order_and_undoes_no_cancellation(hooks: Hooks) -> None:
    again = message("order_completed", messageId="reloaded", timestamp="2026-03-09T08:15:00Z")
    tell(hooks, "order_completed", "order_cancelled", again)

    order = hooks.known(AIKOS_ID).orders[ORDER]
    assert (order.placed_at, order.net) == (utc("2026-03-02 08:15"), 0)


@pytest.mark.parametrize(
    ("order_id", "known_as"),
    [(12345, "12345"), ("#1001", "%231001"), (" 7 ", "7"), ("주문 1", "%EC%A3%BC%EB%AC%B8%201")],
)
def test_a_shop_s_own_ids_are_taken_as_they_are(hooks: Hooks, order_id: object, known_as: str) -> None:
    tell(hooks, message("order_completed", {"order_id": order_id}), message("order_refunded", {"order_id": order_id}))

    orders = hooks.known(AIKOS_ID).orders
    assert (set(orders), orders[known_as].refunded) == ({known_as}, 350)


def test_a_very_long_id_is_shortened_and_stays_the_same_one(hooks: Hooks) -> None:
    tell(hooks, message("order_completed", {"order_id": "x" * 900}, messageId="m" * 900))
    tell(hooks, message("order_cancelled", {"order_id": "x" * 900}))

    (order,) = hooks.known(AIKOS_ID).orders.values()
    assert (len(order.id), order.net) == (64, 0)


@pytest.mark.parametrize(("total", "minor"), [(59.980000000000004, 5998), (0.1 + 0.2, 30), (1.1 * 3, 330)])
def test_what_a_browser_s_sum_leaves_over_is_no_amount(hooks: Hooks, total: float, minor: int) -> None:
    tell(hooks, message("order_completed", {"total": total}))

    assert hooks.known(AIKOS_ID).orders[ORDER].total == Money(minor, "USD")


@pytest.mark.parametrize("price", ["", None, "free", -1, 3.14159, {"amount": 3}, "NaN", "Infinity"])
def test_a_line_s_price_that_is_none_refuses_no_order(hooks: Hooks, price: object) -> None:
    products = [{"product_id": "", "sku": "two words", "name": None, "price": price, "quantity": None}]
    tell(hooks, message("order_completed", {"products": products}), message("cart_viewed", {"products": products}))

    known = hooks.known(AIKOS_ID)
    assert known.orders[ORDER].products == ("two words",)


@pytest.mark.parametrize("changes", [{"products": None}, {"coupon": None}, {"cart_id": ""}, {"checkout_id": 7}])
def test_what_is_left_empty_refuses_no_order(hooks: Hooks, changes: dict[str, Any]) -> None:
    tell(hooks, message("order_completed", changes, context={"traits": {"address": "1 Example Street"}}))

    assert set(hooks.known(AIKOS_ID).orders) == {ORDER}


@pytest.mark.parametrize(
    "changes",
    [
        {"coupon": 123},
        {"products": {}},
        {"products": [None]},
        {"products": "tea"},
        {"products": [{"product_id": True, "sku": "two words", "name": 5}]},
        {"products": [{"product_id": "tea", "quantity": "2 pcs"}]},
        {"products": [{"product_id": "tea", "quantity": -1}]},
        {"cart_id": False},
        {"cart_id": {}},
        {"cart_id": 12.5},
        {"checkout_id": True},
        {"coupon": ["SPRING"]},
        {"coupon": {"code": "X"}},
        {"coupon": True},
        {"coupon": 12.5},
        {"currency": " usd "},
    ],
)
def test_what_does_not_fit_and_is_not_needed_refuses_no_order(hooks: Hooks, changes: dict[str, Any]) -> None:
    tell(hooks, message("order_completed", changes))

    assert set(hooks.known(AIKOS_ID).orders) == {ORDER}


@pytest.mark.parametrize("changes", [{"anonymousId": False}, {"messageId": {}}, {"messageId": 7.5}])
def test_nor_does_an_odd_name_that_it_can_do_without(hooks: Hooks, changes: dict[str, Any]) -> None:
    tell(hooks, message("order_completed", **changes))

    assert set(hooks.known(AIKOS_ID).orders) == {ORDER}


@pytest.mark.parametrize("amount", ['"1e1000000"', '"-1e1000000"', "1e999999999", '"1e-1000000"'])
@pytest.mark.parametrize("name", ["order_completed", "order_refunded", "product_added", "cart_viewed"])
def test_an_amount_of_any_size_costs_no_other_message(hooks: Hooks, name: str, amount: str) -> None:
    huge = dict.fromkeys(("total", "value", "price", "quantity"), 7777777)
    odd = json.dumps(message(name, {**huge, "products": [{"product_id": "p", "price": 7777777}]}, userId="eve"))
    good = json.dumps(message("order_completed", {"order_id": "o2"}))

    body = f"[{odd.replace('7777777', amount)}, {good}]"
    assert hooks.take(segment(body.encode())).status == 200

    assert "o2" in hooks.known(AIKOS_ID).orders


@pytest.mark.parametrize("products", [None, [], {}, "", False])
def test_a_refund_that_names_no_products_and_no_amount_is_of_the_whole_order(hooks: Hooks, products: object) -> None:
    none = dict.fromkeys(("total", "value", "revenue"))
    tell(hooks, "order_completed", message("order_refunded", {**none, "products": products}))

    assert hooks.known(AIKOS_ID).orders[ORDER].net == 0


def test_an_answer_names_so_many_problems_and_no_more(hooks: Hooks) -> None:
    answer = hooks.take(segment([message("order_completed", {"total": "free"}, messageId=f"m{n}") for n in range(150)]))

    assert len(answer.json()["rejected"]) == 100


@pytest.mark.parametrize("context", [[], "", 5, {"locale": False}, {"traits": {"email": 12345}}, {"traits": []}])
def test_an_odd_context_refuses_no_order(hooks: Hooks, context: object) -> None:
    tell(hooks, message("order_completed", context=context))

    assert set(hooks.known(AIKOS_ID).orders) == {ORDER}


def test_what_is_nested_too_deep_costs_no_other_message_of_its_batch(hooks: Hooks) -> None:
    deep = json.dumps(message("order_completed", messageId="m1")).replace(
        '"type"', f'"x": {"[" * 30_000}{"]" * 30_000}, "type"'
    )
    other = json.dumps(message("order_completed", {"order_id": "o2"}, messageId="m2"))

    assert hooks.take(segment(f'{{"batch": [{deep}, {other}]}}'.encode())).status == 200

    assert set(hooks.known(AIKOS_ID).orders) == {ORDER, "o2"}


def test_of_thousands_of_products_only_the_first_are_read(hooks: Hooks) -> None:
    tell(hooks, message("order_completed", {"products": [{"product_id": f"p{n}"} for n in range(4_000)]}))
    tell(hooks, message("cart_viewed", {"products": [{"product_id": "p", "price": 1}] * 4_000, "total": None}))

    known = hooks.known(AIKOS_ID)
    assert len(known.orders[ORDER].products) == 500
    assert known.carts[CART].total.amount == 0
