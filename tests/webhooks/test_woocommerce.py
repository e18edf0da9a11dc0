"""What is read from each of WooCommerce's topics, with payloads as its REST API documents them."""

from datetime import timedelta
from typing import Any

import pytest

import app
from chalicelib.domain.facts.cart import Cart, Line
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.money import Money
from tests.builders import START, utc
from tests.naming import FOUR
from tests.webhooks.given import Hooks, Sent, payload, woocommerce

pytestmark = pytest.mark.journeys(*FOUR)
JUN, JUNS_ID, ORDER, CART = "jun@example.com", "25", "727", "order-727"
TEA = Line("93", "Sejak green tea", 2, 20000)


def tell(hooks: Hooks, topic: str, name: str, **changes: Any) -> None:
    """One of the documented payloads arrives."""
    answer = hooks.take(woocommerce(topic, payload("woocommerce", name, **changes)))
    assert answer.status == 200, answer


def order(hooks: Hooks, topic: str = "order.created", **changes: Any) -> None:
    tell(hooks, topic, "order_created", **changes)


def account(hooks: Hooks, **changes: Any) -> None:
    """Jun has an account, since before the order."""
    account = {"email": JUN, "date_modified_gmt": "2026-02-20T08:00:00"} | changes
    tell(hooks, "customer.created", "customer_updated", **account)


def unpaid(hooks: Hooks, status: str, at: str, **changes: Any) -> None:
    """Jun's order is of this status since ``at``, a time of that day, and was never paid."""
    unpaid = {"status": status, "date_paid_gmt": None, "date_modified_gmt": f"2026-03-02T{at}"} | changes
    order(hooks, "order.updated", **unpaid)


def runs(name: str) -> dict[str, Any]:
    """When what is under way for somebody is due, by journey; None if it is over."""
    key = app.parts.names.find(name)
    assert key is not None
    return {run.journey: run.due_at for run in app.parts.engagement.of(key).enrollments}


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
def test_an_order_is_read_completely(hooks: Hooks, topic: str) -> None:
    account(hooks)
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

    assert hooks.known(JUNS_ID).orders[ORDER].fulfilled_at == utc("2026-03-04 01:02:03")


@pytest.mark.parametrize("status", ["cancelled", "trash", "failed"])
def test_a_paid_order_called_off_brings_nothing(hooks: Hooks, status: str) -> None:
    order(hooks)
    order(hooks, "order.updated", status=status, date_modified_gmt="2026-03-03T00:00:00")

    found = hooks.known(JUNS_ID).orders[ORDER]
    assert (found.cancelled_at, found.net) == (utc("2026-03-03 00:00"), 0)


@pytest.mark.parametrize("status", ["pending", "checkout-draft", "failed"])
def test_an_order_that_is_not_paid_is_a_cart_until_it_is(hooks: Hooks, status: str) -> None:
    order(hooks, status=status, date_paid_gmt=None)
    known = hooks.known(JUNS_ID)
    assert known.carts == {CART: Cart(CART, utc("2026-03-02 08:31:08"), Money(43000, "KRW"), (TEA,))}
    assert known.orders == {}

    order(hooks, "order.updated", date_modified_gmt="2026-03-02T09:00:00")

    assert hooks.known(JUNS_ID).orders[ORDER].cart_id == CART
    assert runs(JUNS_ID)["abandoned_cart"] is None


@pytest.mark.parametrize("status", ["cancelled", "trash"])
def test_an_order_called_off_unpaid_leaves_its_cart_and_was_no_order(hooks: Hooks, status: str) -> None:
    unpaid(hooks, "pending", "08:31:08")
    before = hooks.known(JUNS_ID).carts
    unpaid(hooks, status, "09:40:00")

    known = hooks.known(JUNS_ID)
    assert (known.carts, known.orders) == (before, {})
    assert runs(JUNS_ID) == {"abandoned_cart": utc("2026-03-02 08:31:08") + timedelta(hours=24)}


def test_a_failed_payment_is_one_more_try_at_the_cart(hooks: Hooks) -> None:
    unpaid(hooks, "pending", "08:31:08")
    unpaid(hooks, "failed", "08:35:00")

    known = hooks.known(JUNS_ID)
    assert (known.carts[CART].at, known.carts[CART].lines) == (utc("2026-03-02 08:35"), (TEA,))
    assert known.orders == {}
    assert set(runs(JUNS_ID)) == {"abandoned_cart"}


@pytest.mark.parametrize("taken", ["on-hold", "processing"])  # by bank transfer, for cash on delivery
@pytest.mark.parametrize("status", ["cancelled", "failed", "trash"])
@pytest.mark.parametrize("at", ["08:31:08", "09:40:00"])
@pytest.mark.parametrize("is_first", [True, False])
def test_an_order_taken_without_a_payment_is_called_off_whatever_comes_first(
    hooks: Hooks, taken: str, status: str, at: str, is_first: bool
) -> None:
    changes = [(taken, "08:31:08"), (status, at)]
    for each, since in changes if is_first else reversed(changes):
        unpaid(hooks, each, since)

    found = hooks.known(JUNS_ID).orders[ORDER]
    assert (found.total, found.net) == (Money(43000, "KRW"), 0)
    assert found.cancelled_at


@pytest.mark.parametrize("is_first", [True, False])
def test_an_order_called_off_and_paid_after_all_counts(hooks: Hooks, is_first: bool) -> None:
    changes: list[dict[str, Any]] = [
        {"status": "cancelled", "date_modified_gmt": "2026-03-02T09:40:00", "date_paid_gmt": None},
        {"status": "pending", "date_modified_gmt": "2026-03-02T09:45:00", "date_paid_gmt": None},
        {"status": "processing", "date_modified_gmt": "2026-03-02T09:50:00", "date_paid_gmt": "2026-03-02T09:50:00"},
    ]
    for each in changes if is_first else reversed(changes):
        order(hooks, "order.updated", **each)

    known = hooks.known(JUNS_ID)
    assert (known.orders[ORDER].net, known.orders[ORDER].cancelled_at) == (43000, None)
    assert known.carts[CART].lines == (TEA,)


def test_refunds_are_those_of_the_last_word(hooks: Hooks) -> None:
    refunds = [{"id": 1, "reason": "", "total": "-10000"}, {"id": 2, "reason": "dented", "total": "-5000"}]
    order(hooks)
    order(hooks, "order.updated", refunds=refunds)
    assert hooks.known(JUNS_ID).orders[ORDER].refunded == 15000

    order(hooks, "order.updated", refunds=refunds[:1], date_modified_gmt="2026-03-05T00:00:00")  # one was taken back

    assert hooks.known(JUNS_ID).orders[ORDER].refunded == 10000


@pytest.mark.parametrize("refunds", [[], [{"total": "-43000"}], [{"total": "-99999"}]])
def test_a_refunded_order_brings_nothing(hooks: Hooks, refunds: list[Any]) -> None:
    order(hooks, "order.updated", status="refunded", refunds=refunds)

    assert hooks.known(JUNS_ID).orders[ORDER].net == 0


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

    victim, attacker = hooks.known("victim@example.com"), hooks.known("attacker@example.com")
    assert (victim.customer.email, set(victim.orders)) == ("victim@example.com", {"900"})
    assert attacker.customer.email == "attacker@example.com"
    assert "900" not in attacker.orders


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
    assert hooks.known(JUNS_ID).customer.email is None
    assert app.parts.names.find(JUN) is None

    account(hooks)

    assert hooks.known(JUN).customer.email == JUN
    assert set(hooks.known(JUN).orders) == {ORDER}


def test_a_guest_who_makes_an_account_keeps_the_history(hooks: Hooks) -> None:
    order(hooks, customer_id=0)
    account(hooks)

    assert app.parts.names.find(JUN) == app.parts.names.find(JUNS_ID)
    assert set(hooks.known(JUNS_ID).orders) == {ORDER}


@pytest.mark.parametrize("first", ["order.created", "order.deleted"])
def test_a_deleted_order_is_called_off_whichever_comes_first(hooks: Hooks, first: str) -> None:
    for topic in (first, *({"order.created", "order.deleted"} - {first})):
        tell(hooks, topic, "order_created" if topic == "order.created" else "order_deleted")

    found = hooks.known(JUNS_ID).orders[ORDER]
    assert (found.cancelled_at, found.net) == (START, 0)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_deleted_order_that_was_not_paid_is_an_empty_cart(hooks: Hooks, is_first: bool) -> None:
    for is_deletion in (False, True) if is_first else (True, False):
        if is_deletion:
            tell(hooks, "order.deleted", "order_deleted")
        else:
            unpaid(hooks, "pending", "08:31:08")

    known = hooks.known(JUNS_ID)
    assert (known.carts[CART].lines, known.orders) == ((), {})
    assert runs(JUNS_ID) in ({}, {"abandoned_cart": None})


def test_a_restored_order_counts_again(hooks: Hooks) -> None:
    order(hooks)
    tell(hooks, "order.deleted", "order_deleted")
    order(hooks, "order.restored", date_modified_gmt="2026-03-02T11:00:00")

    assert hooks.known(JUNS_ID).orders[ORDER].net == 43000


@pytest.mark.parametrize("topic", ["customer.created", "customer.updated"])
def test_a_customer_s_profile(hooks: Hooks, topic: str) -> None:
    account(hooks)
    order(hooks)
    tell(hooks, topic, "customer_updated")

    known = hooks.known("jun.new@example.com")
    assert known.customer.email == "jun.new@example.com"
    assert known.customer.reported_at("email") == utc("2026-03-04 08:00")
    assert set(known.orders) == {ORDER}


def test_a_customer_never_changed_is_as_they_were_made(hooks: Hooks) -> None:
    tell(hooks, "customer.created", "customer_updated", date_modified_gmt=None)

    assert hooks.known(JUNS_ID).customer.at == utc("2026-02-20 08:00")


def test_a_deleted_customer_has_no_address_and_gets_no_mail(hooks: Hooks) -> None:
    account(hooks)
    order(hooks)
    tell(hooks, "customer.deleted", "customer_deleted")

    known = hooks.known(JUNS_ID)
    assert (known.customer.email, known.customer.consents[Purpose.MARKETING].given) == (None, False)
    assert set(known.orders) == {ORDER}


def test_two_deliveries_of_one_second_share_an_id_and_are_both_taken(hooks: Hooks) -> None:
    first = woocommerce("order.created", payload("woocommerce", "order_created"), delivery="same")
    second = woocommerce("order.created", payload("woocommerce", "order_created", id=728), delivery="same")

    assert [hooks.take(sent).json()["stored"] > 0 for sent in (first, second, first)] == [True, True, False]
    assert set(hooks.known(JUNS_ID).orders) == {"727", "728"}


def test_a_time_without_an_offset_is_utc_and_one_with_it_is_what_it_says(hooks: Hooks) -> None:
    order(hooks, date_created_gmt="2026-03-02T08:30:00+09:00")

    assert hooks.known(JUNS_ID).orders[ORDER].placed_at == utc("2026-03-01 23:30")


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

    assert hooks.known(JUNS_ID).orders[ORDER].total == Money(amount, currency)


@pytest.mark.parametrize(
    ("currency", "total", "amount"),
    [("JPY", "1357.40", 1357), ("JPY", "1357.50", 1358), ("KRW", "43000.5", 43001), ("USD", "8.3333", 833)],
)
def test_a_total_finer_than_its_currency_is_rounded(hooks: Hooks, currency: str, total: str, amount: int) -> None:
    order(hooks, currency=currency, total=total, line_items=[])

    assert hooks.known(JUNS_ID).orders[ORDER].total == Money(amount, currency)


def test_refunds_finer_than_their_currency_give_back_no_more_than_the_total(hooks: Hooks) -> None:
    order(hooks, currency="JPY", total="1357.40", line_items=[], refunds=[{"total": "-678.70"}, {"total": "-678.70"}])

    assert hooks.known(JUNS_ID).orders[ORDER].net == 0


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"total": "8.3333", "quantity": 1}, [("93", 1, 833)]),
        ({"total": ""}, [("93", 2, 0)]),
        ({"total": "-5.00"}, [("93", 2, 0)]),
        ({"total": None}, [("93", 2, 0)]),
        ({"total": "1e999999999"}, [("93", 2, 0)]),
        ({"total": "10.00", "quantity": None}, [("93", 1, 1000)]),
        ({"total": "10.00", "quantity": "2.5"}, [("93", 3, 333)]),
        ({"total": "10.00", "quantity": -1}, []),
        ({"total": "10.00", "quantity": []}, [("93", 1, 1000)]),
        ({"total": "10.00", "product_id": ""}, [("Sejak green tea", 2, 500)]),
        ({"total": "10.00", "product_id": {}, "name": 7}, [("product", 2, 500)]),
    ],
)
def test_a_line_never_refuses_an_order(hooks: Hooks, changes: dict[str, Any], kept: list[Any]) -> None:
    line = payload("woocommerce", "order_created")["line_items"][0] | changes
    unpaid(hooks, "pending", "08:31:08", currency="USD", total="10.00", line_items=[line])

    lines = hooks.known(JUNS_ID).carts[CART].lines
    assert [(each.product, each.quantity, each.price) for each in lines] == kept


@pytest.mark.parametrize("field", ["line_items", "coupon_lines", "refunds", "billing"])
def test_a_list_that_is_null_is_empty(hooks: Hooks, field: str) -> None:
    changes: dict[str, Any] = {field: None}
    order(hooks, **changes)

    assert set(hooks.known(JUNS_ID).orders) == {ORDER}
