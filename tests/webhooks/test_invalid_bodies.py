"""What does not fit is reported with the path of its field, and costs nothing that fits; nothing quotes it."""

import json
import re
from typing import Any

import pytest

import app
from chalicelib.sources.registry import sources
from tests.builders import START
from tests.naming import FOUR
from tests.webhooks.conftest import Log
from tests.webhooks.given import (
    CART,
    SIGNATURES,
    Hooks,
    Sent,
    events,
    example,
    payload,
    refused,
    segment,
    shopify,
    woocommerce,
)

pytestmark = pytest.mark.journeys(*FOUR)


def an_order(**changes: Any) -> Sent:
    return shopify("orders/create", payload("shopify", "orders_create", **changes))


def a_refund(**changes: Any) -> Sent:
    return shopify("refunds/create", payload("shopify", "refunds_create", **changes))


def an_order_of_woo(**changes: Any) -> Sent:
    return woocommerce("order.created", payload("woocommerce", "order_created", **changes))


def a_message(name: str, **changes: Any) -> Sent:
    return segment(payload("segment", name, **changes))


BAD = [
    (shopify("orders/create", b""), "$"),
    (shopify("orders/create", b"[]"), "$"),
    (shopify("orders/create", b'{"id": 1'), "$"),
    (shopify("orders/create", {}), "$.id"),
    (an_order(id=None), "$.id"),
    (an_order(id="a#b"), "$.id"),
    (an_order(id=-1), "$.id"),
    (an_order(total_price="5.999"), "$.total_price"),
    (an_order(total_price="-5.99"), "$.total_price"),
    (an_order(total_price="NaN"), "$.total_price"),
    (an_order(total_price=None), "$.total_price"),
    (an_order(currency="KRW"), "$.total_price"),
    (an_order(currency="usd"), "$.currency"),
    (an_order(created_at="2026-03-02 10:00"), "$.created_at"),
    (an_order(cancelled_at="0001-01-01T00:00:00+14:00"), "$.cancelled_at"),
    (shopify("orders/create", {"order": payload("shopify", "orders_create", total_price="x")}), "$.order.total_price"),
    (shopify("orders/create", {"order": 3}), "$.order"),
    (shopify("carts/update", payload("shopify", "carts_update", token="a b")), "$.token"),
    (shopify("checkouts/create", payload("shopify", "checkouts_update", updated_at=None)), "$.updated_at"),
    (a_refund(transactions=[{"kind": "refund", "amount": "1"}]), "$.transactions[0].currency"),
    (shopify("customers/update", {"email": "ann@example.com"}), "$.id"),
    (shopify("customers/redact", {"shop_id": 1, "orders_to_redact": []}), "$.customer"),
    (an_order_of_woo(total="NaN"), "$.total"),
    (an_order_of_woo(total="-1"), "$.total"),
    (an_order_of_woo(date_created_gmt="soon"), "$.date_created_gmt"),
    (an_order_of_woo(refunds=[{"total": "1e999999999"}]), "$.refunds[0].total"),
    (woocommerce("order.deleted", {}), "$.id"),
    (woocommerce("customer.deleted", []), "$"),
    (segment({}), "$.type"),
    (segment([{"type": "page"}, {"type": 3}]), "$[1].type"),
    (segment({"batch": {}}), "$.batch"),
    (segment({"batch": [{"type": "page"}] * 1001}), "$.batch"),
    (segment({"batch": [{"type": "page"}, payload("segment", "cart_viewed", timestamp=None)]}), "$.batch[1].timestamp"),
    (a_message("identify", traits={"email": 7}), "$.traits.email"),
    (a_message("order_completed", properties={"order_id": "o", "total": 1}), "$.properties.currency"),
    (a_message("order_completed", properties={"order_id": "o", "currency": "USD"}), "$.properties.total"),
    (a_message("order_completed", properties={"total": 1, "currency": "USD"}), "$.properties.order_id"),
    (a_message("order_refunded", properties={"order_id": "o", "total": 1}), "$.properties.currency"),
    (
        a_message("order_completed", properties={"order_id": "o", "total": 12.345, "currency": "USD"}),
        "$.properties.total",
    ),
    (events({"type": "cart"}), "$.id"),
    (events({"facts": [CART, CART | {"total": "12.50"}]}), "$.facts[1].total"),
    (events(b"\xff"), None),
]  # fmt: skip


NO_BODY = ("$", "$.batch")
"""The fields of a body that is none of its source's: any other is one of a message."""
CASES = pytest.mark.parametrize(
    ("sent", "field"), BAD, ids=[f"{n}-{sent.source}-{field}" for n, (sent, field) in enumerate(BAD)]
)


@CASES
def test_what_does_not_fit_is_answered_with_the_field_s_path(hooks: Hooks, sent: Sent, field: str | None) -> None:
    if field in (None, *NO_BODY):
        assert refused(hooks, sent, 400 if field else 401)["error"].get("field") == field
        return

    answer = hooks.take(sent)

    assert answer.status == 200  # systems switch off what refuses them
    assert [each["field"] for each in answer.json()["rejected"]] == [field]


@CASES
def test_what_does_not_fit_is_counted_for_the_operator(hooks: Hooks, sent: Sent, field: str | None) -> None:
    hooks.take(sent)

    fields = [each.rejection.field for each in app.parts.rejections.on(START.date())]

    assert fields == ([re.sub(r"[0-9]", "", field)] if field else [])  # nothing of an unsigned body


def test_one_bad_message_of_a_batch_costs_no_other(hooks: Hooks) -> None:
    good = [payload("segment", name) for name in ("identify", "cart_viewed", "order_completed")]
    bad = [payload("segment", "order_refunded", properties={}), {"type": 3}, 7]

    answer = hooks.take(segment({"batch": [good[0], *bad, *good[1:]]})).json()

    assert (answer["received"], answer["stored"]) == (3, 3)
    assert [each["field"] for each in answer["rejected"]] == ["$.batch[1].properties.order_id", "$.batch[2].type",
                                                              "$.batch[3]"]  # fmt: skip


def test_one_bad_fact_of_several_costs_no_other(hooks: Hooks) -> None:
    cart = CART | {"total": "12.50"}

    answer = hooks.take(events({"facts": [cart, CART, CART | {"id": "k2"}, {"type": "?"}]})).json()

    assert (answer["received"], answer["stored"]) == (2, 2)
    assert [each["field"] for each in answer["rejected"]] == ["$.facts[0].total", "$.facts[3].type"]
    rejections = sorted(each.rejection for each in app.parts.rejections.on(START.date()))
    assert [(each.topic, each.field) for each in rejections] == [("", "$.facts[].type"), ("cart", "$.facts[].total")]


def test_a_delivery_that_is_repeated_counts_once(hooks: Hooks) -> None:
    sent = an_order(total_price="x")

    for _ in range(3):
        hooks.take(sent)

    (rejected,) = app.parts.rejections.on(START.date())
    assert (rejected.rejection.topic, rejected.number) == ("orders/create", 1)


def test_the_name_of_an_unknown_field_is_in_the_answer_only(hooks: Hooks, log: Log) -> None:
    answer = hooks.take(events({"facts": [CART | {"mina_han_1990": 1}]})).json()

    assert answer["rejected"] == [{"field": "$.facts[0].mina_han_1990", "problem": "is unknown"}]
    (rejected,) = app.parts.rejections.on(START.date())
    assert (rejected.rejection.field, rejected.rejection.problem) == ("$.facts[]", "has an unknown field")
    assert "mina" not in json.dumps(log())


@pytest.mark.parametrize("value", ["ann@example.com", "+82 10 5550101"])
def test_an_answer_quotes_nothing_of_the_body(hooks: Hooks, value: str) -> None:
    for sent in (
        shopify("orders/create", payload("shopify", "orders_create", currency=value)),
        shopify("orders/create", payload("shopify", "orders_create", total_price=value)),
        segment(payload("segment", "order_completed", properties={"order_id": value + "#", "total": value})),
        events({"type": value}),
        events({"type": "customer", "id": "c1", "at": START.isoformat(), "consents": {value: {}}}),
        events(CART | {value: 1}),
    ):
        assert value not in hooks.take(sent).body


def test_the_log_tells_of_no_one(hooks: Hooks, log: Log) -> None:
    for sent, _ in BAD:
        hooks.take(sent)
    for source in sources():
        hooks.take(example(source))
        hooks.take(example(source).again(**{SIGNATURES[source]: "x"}))
    hooks.take(shopify("customers/data_request", payload("shopify", "customers_data_request")))

    written = json.dumps(log())

    assert "requested their data" in written
    for personal in ("@", "Mina", "Han", "Jun", "Aiko", "603851970716743426", "555-0100"):
        assert personal not in written
