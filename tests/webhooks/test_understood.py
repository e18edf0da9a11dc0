"""The table of ``docs/webhooks.md``: what of each source is understood, ignored, reported and refused."""

from typing import Any

import pytest

from infra.package.packaged import CHECKOUT
from tests.naming import FOUR
from tests.webhooks.given import CART, Hooks, Sent, events, payload, segment, shopify, woocommerce

pytestmark = pytest.mark.journeys(*FOUR)
TITLE = "## Understood, ignored, reported, refused"
PAID: dict[str, Any] = {"date_paid_gmt": None, "date_paid": None}


def shopify_order(**changes: Any) -> Sent:
    return shopify("orders/create", payload("shopify", "orders_create", **changes))


def an_order_of_woo(**changes: Any) -> Sent:
    return woocommerce("order.created", payload("woocommerce", "order_created", **changes))


def version_1() -> Sent:
    found = payload("woocommerce", "order_created")
    return woocommerce("order.created", {name: each for name, each in found.items() if not name.endswith("_gmt")})


def message(name: str) -> Sent:
    return segment(payload("segment", name))


def completed(**properties: Any) -> Sent:
    found = payload("segment", "order_completed")
    return segment(found | {"properties": found["properties"] | properties})


def from_the_button() -> Sent:
    return shopify_order().again(x_shopify_test="true")


SENT: dict[tuple[str, str], Sent] = {
    ("Shopify", "a topic of the first table"): shopify_order(),
    ("Shopify", "the same wrapped in its name (`{\"order\": {…}}`)"): shopify(
        "orders/create", {"order": payload("shopify", "orders_create")}
    ),
    ("Shopify", "a cart without lines"): shopify("carts/update", payload("shopify", "carts_update", line_items=[])),
    ("Shopify", "a cart or a checkout whose list of lines is missing or unreadable: the cart stays as it was"): shopify(
        "carts/update", payload("shopify", "carts_update", line_items="two teas")
    ),
    ("Shopify", "a line without a price or a quantity"): shopify_order(line_items=[{"title": "Tea"}]),
    ("Shopify", "`orders/edited`; the order comes with `orders/updated`"): shopify(
        "orders/edited", payload("shopify", "orders_edited")
    ),
    ("Shopify", "the sample of \"Send test notification\""): from_the_button(),
    ("Shopify", "a topic that is not in the first table"): shopify("products/update", {"id": 1}),
    ("Shopify", "an order without an id or a total, or with a wrong one (`\"-5.99\"`)"): shopify_order(
        total_price="-5.99"
    ),
    ("Shopify", "the body of another topic"): shopify("customers/redact", payload("shopify", "orders_create")),
    ("WooCommerce", "a topic of the first table"): an_order_of_woo(),
    ("WooCommerce", "an unpaid order, as a cart"): an_order_of_woo(status="pending", **PAID),
    ("WooCommerce", "an order of version 1 of the REST API, without times in UTC"): version_1(),
    ("WooCommerce", "empty texts, lists, objects, `false` or a time of zeros where something may be left out"): (
        an_order_of_woo(billing=[], line_items="", refunds={}, date_completed_gmt="0000-00-00T00:00:00")
    ),
    ("WooCommerce", "a total with more decimals than its currency has, rounded"): an_order_of_woo(total="3000.40"),
    (
        "WooCommerce",
        "an unpaid order whose list of lines is missing or unreadable: its cart stays as it was",
    ): an_order_of_woo(status="pending", line_items="one tea", **PAID),
    ("WooCommerce", "a draft or a request for a quotation"): an_order_of_woo(status="quote-request", **PAID),
    ("WooCommerce", "the first ping"): Sent(
        "woocommerce", {"content-type": "application/x-www-form-urlencoded"}, b"webhook_id=5"
    ),
    ("WooCommerce", "a topic that is not in the first table"): woocommerce("product.updated", {"id": 1}),
    ("WooCommerce", "an order without an id, a status, a total or any time, or with another (`\"soon\"`)"): (
        an_order_of_woo(date_paid_gmt="soon")
    ),
    ("WooCommerce", "the body of another topic"): woocommerce(
        "order.created", payload("woocommerce", "customer_updated")
    ),
    ("Segment", "`Cart Viewed`, `Checkout Started` and others with `products`"): message("cart_viewed"),
    ("Segment", "`Product Added` and `Product Removed` with a `cart_id`"): message("product_added"),
    ("Segment", "`Order Completed`, `Order Refunded`, `Order Cancelled`"): completed(),
    ("Segment", "`identify`, `delete`"): message("identify"),
    ("Segment", "a sum that a browser left inexact (59.980000000000004)"): completed(total=59.980000000000004),
    ("Segment", 'a line of an order with an odd id or quantity ("2 pcs")'): completed(
    products=[{"product_id": True, "quantity": "2 pcs"}]
),
    ("Segment", "a value nested over 100 levels deep, without it"): segment(
        completed().body.replace(b'"type"', b'"note": %s%s, "type"' % (b"[" * 20_000, b"]" * 20_000))
    ),
    ("Segment", "`page`, `screen`, `group`, `alias`"): segment({"type": "page", "userId": "u1"}),
    ("Segment", "any other event"): segment({"type": "track", "event": "Video Watched", "userId": "u1"}),
    ("Segment", "an order without an `order_id`, one message of a batch"): segment(
        {"batch": [payload("segment", "order_completed", properties={}), payload("segment", "identify")]}
    ),
    ("Segment", "no JSON, or no message"): segment(b"[[]"),
    ("any other system", "facts of `POST /v1/facts`, alone or as `facts`"): events({"facts": [CART]}),
    ("any other system", "a fact with a field that is unknown or wrong"): events({"facts": [CART | {"total": "much"}]}),
    ("any other system", "a `type` that is no fact"): events({"type": "page"}),
}  # fmt: skip


def rows() -> dict[tuple[str, str], str]:
    """The results of the table, by source and by what arrives."""
    text = (CHECKOUT / "docs" / "webhooks.md").read_text("utf-8")
    table = text.partition(TITLE)[2].partition("\n## ")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line[:1] == "|"]
    return {(source, what): result for source, what, result in cells[2:]}


def test_every_row_is_tried() -> None:
    assert list(rows()) == list(SENT)


@pytest.mark.parametrize("row", SENT, ids=" ".join)
def test_the_result_is_as_the_table_says(hooks: Hooks, row: tuple[str, str]) -> None:
    answer = hooks.take(SENT[row])

    said = answer.json() if answer.body else {}
    match rows()[row]:
        case "understood":
            assert (answer.status, said["stored"] > 0, said.get("rejected", [])) == (200, True, [])
        case "ignored":
            assert (answer.status, said["stored"], said.get("rejected", [])) == (200, 0, [])
        case "ignored, and counted":
            assert (answer.status, said.get("stored", 0)) == (202, 0)
        case "reported":
            assert (answer.status, len(said["rejected"])) == (200, 1)
        case result:
            assert (answer.status, result) == (400, "refused")
