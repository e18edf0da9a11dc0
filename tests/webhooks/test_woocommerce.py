"""What each of WooCommerce's topics tells, from payloads as its REST API documents them."""

from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.domain.customer import Line, Purpose
from chalicelib.domain.money import Money
from tests.builders import START, utc
from tests.webhooks.given import Hooks, Sent, payload, woocommerce

JUN, JUNS_ID, ORDER = "jun@example.com", "25", "727"


def tell(hooks: Hooks, topic: str, name: str, **changes: Any) -> None:
    """One of the documented payloads arrives."""
    answer = hooks.take(woocommerce(topic, payload("woocommerce", name, **changes)))
    assert answer.status == 200, answer


def order(hooks: Hooks, topic: str = "order.created", **changes: Any) -> None:
    tell(hooks, topic, "order_created", **changes)


@pytest.mark.parametrize("body", [b"webhook_id=5", b"webhook_id=12345"])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/json", ""])
def test_the_first_ping_is_a_200(hooks: Hooks, body: bytes, kind: str) -> None:
    assert hooks.take(Sent("woocommerce", {"content-type": kind}, body)).status == 200


@pytest.mark.parametrize("body", [b"", b"webhook_id=", b"webhook_id=x", b"webhook_id=5&x=1", b"webhook_id=5\n", b"{}"])
def test_what_only_looks_like_the_ping_is_a_401(hooks: Hooks, body: bytes) -> None:
    assert hooks.take(Sent("woocommerce", {"content-type": "application/x-www-form-urlencoded"}, body)).status == 401


@pytest.mark.parametrize("source", ["shopify", "segment", "events"])
def test_no_other_source_has_pings(hooks: Hooks, source: str) -> None:
    assert hooks.take(Sent(source, {}, b"webhook_id=5")).status == 401


@pytest.mark.parametrize("topic", ["order.created", "order.updated", "order.restored"])
def test_an_order_is_told_whole(hooks: Hooks, topic: str) -> None:
    order(hooks, topic)

    known = hooks.known(JUNS_ID)
    found = known.orders[ORDER]
    assert (found.total, found.net) == (Money(43000, "KRW"), 43000)
    assert (found.placed_at, found.at) == (utc("2026-03-02 08:30"), utc("2026-03-02 08:31:08"))
    assert (found.products, found.coupon, found.cart_id) == (("93",), "CART-7Q2M", "order-727")
    assert (found.fulfilled_at, found.cancelled_at) == (None, None)
    assert (known.customer.email, known.customer.name, known.customer.country) == (JUN, "Jun Seo", "KR")
    assert known.customer.consents == {}


def test_a_completed_order_is_fulfilled(hooks: Hooks) -> None:
    order(hooks, "order.updated", status="completed", date_completed_gmt="2026-03-04T01:02:03")

    assert hooks.known(JUN).orders[ORDER].fulfilled_at == utc("2026-03-04 01:02:03")


@pytest.mark.parametrize("status", ["cancelled", "trash"])
def test_an_order_called_off_brings_nothing(hooks: Hooks, status: str) -> None:
    order(hooks)
    order(hooks, "order.updated", status=status, date_modified_gmt="2026-03-03T00:00:00")

    found = hooks.known(JUN).orders[ORDER]
    assert (found.cancelled_at, found.net) == (utc("2026-03-03 00:00"), 0)


@pytest.mark.parametrize("status", ["pending", "checkout-draft", "failed"])
def test_an_order_that_is_not_paid_is_a_cart_until_it_is(hooks: Hooks, status: str) -> None:
    order(hooks, status=status, date_paid_gmt=None)
    known = hooks.known(JUN)
    cart = known.carts["order-727"]
    assert (cart.lines, cart.total) == ((Line("93", "Sejak green tea", 2, 20000),), Money(43000, "KRW"))
    assert known.orders == {}

    order(hooks, "order.updated", date_modified_gmt="2026-03-02T09:00:00")

    assert hooks.known(JUN).orders[ORDER].cart_id == "order-727"
    runs = wiring.engagement().customer(wiring.commerce().find(JUN) or "").enrollments
    assert [run.due_at for run in runs if run.journey == "abandoned_cart"] == [None]


def test_a_payment_that_failed_after_all_calls_the_order_off(hooks: Hooks) -> None:
    order(hooks, status="failed")

    assert hooks.known(JUN).orders[ORDER].net == 0


def test_refunds_are_those_of_the_last_word(hooks: Hooks) -> None:
    refunds = [{"id": 1, "reason": "", "total": "-10000"}, {"id": 2, "reason": "dented", "total": "-5000"}]
    order(hooks)
    order(hooks, "order.updated", refunds=refunds)
    assert hooks.known(JUN).orders[ORDER].refunded == 15000

    order(hooks, "order.updated", refunds=refunds[:1], date_modified_gmt="2026-03-05T00:00:00")  # one was taken back

    assert hooks.known(JUN).orders[ORDER].refunded == 10000


@pytest.mark.parametrize("refunds", [[], [{"total": "-43000"}], [{"total": "-99999"}]])
def test_a_refunded_order_brings_nothing(hooks: Hooks, refunds: list[Any]) -> None:
    order(hooks, "order.updated", status="refunded", refunds=refunds)

    assert hooks.known(JUN).orders[ORDER].net == 0


def test_a_guest_has_no_id(hooks: Hooks) -> None:
    order(hooks, customer_id=0)
    order(hooks, id=728, customer_id=0, billing={"email": "another@example.com"})

    assert wiring.commerce().find("0") is None
    assert set(hooks.known(JUN).orders) == {ORDER}
    assert set(hooks.known("another@example.com").orders) == {"728"}


@pytest.mark.parametrize("first", ["order.created", "order.deleted"])
def test_a_deleted_order_is_called_off_whichever_comes_first(hooks: Hooks, first: str) -> None:
    for topic in (first, *({"order.created", "order.deleted"} - {first})):
        tell(hooks, topic, "order_created" if topic == "order.created" else "order_deleted")

    found = hooks.known(JUN).orders[ORDER]
    assert (found.cancelled_at, found.net) == (START, 0)


def test_a_restored_order_counts_again(hooks: Hooks) -> None:
    order(hooks)
    tell(hooks, "order.deleted", "order_deleted")
    order(hooks, "order.restored", date_modified_gmt="2026-03-02T11:00:00")

    assert hooks.known(JUN).orders[ORDER].net == 43000


@pytest.mark.parametrize("topic", ["customer.created", "customer.updated"])
def test_a_customer_s_profile(hooks: Hooks, topic: str) -> None:
    order(hooks)
    tell(hooks, topic, "customer_updated")

    known = hooks.known("jun.new@example.com")
    assert (known.customer.email, known.customer.told_at("email")) == ("jun.new@example.com", utc("2026-03-04 08:00"))
    assert set(known.orders) == {ORDER}


def test_a_customer_never_changed_is_as_they_were_made(hooks: Hooks) -> None:
    tell(hooks, "customer.created", "customer_updated", date_modified_gmt=None)

    assert hooks.known(JUNS_ID).customer.at == utc("2026-02-20 08:00")


def test_a_deleted_customer_has_no_address_and_gets_no_mail(hooks: Hooks) -> None:
    order(hooks)
    tell(hooks, "customer.deleted", "customer_deleted")

    known = hooks.known(JUNS_ID)
    assert (known.customer.email, known.customer.consents[Purpose.MARKETING].given) == (None, False)
    assert set(known.orders) == {ORDER}


def test_two_deliveries_of_one_second_share_an_id_and_are_both_taken(hooks: Hooks) -> None:
    first = woocommerce("order.created", payload("woocommerce", "order_created"), delivery="same")
    second = woocommerce("order.created", payload("woocommerce", "order_created", id=728), delivery="same")

    assert [hooks.take(sent).json()["stored"] > 0 for sent in (first, second, first)] == [True, True, False]
    assert set(hooks.known(JUN).orders) == {"727", "728"}


def test_a_time_without_an_offset_is_utc_and_one_with_it_is_what_it_says(hooks: Hooks) -> None:
    order(hooks, date_created_gmt="2026-03-02T08:30:00+09:00")

    assert hooks.known(JUN).orders[ORDER].placed_at == utc("2026-03-01 23:30")


@pytest.mark.parametrize(
    ("currency", "total", "amount"),
    [
        ("USD", "29.35", 2935),
        ("USD", "29.3500", 2935),
        ("JPY", "1500", 1500),
        ("KWD", "1.234", 1234),
        ("USD", 29.1, 2910),
    ],
)
def test_money_is_exact(hooks: Hooks, currency: str, total: Any, amount: int) -> None:
    order(hooks, currency=currency, total=total, line_items=[], coupon_lines=[])

    assert hooks.known(JUN).orders[ORDER].total == Money(amount, currency)
