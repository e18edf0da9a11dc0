"""A signature proves a body, not the topic in a header: a copy of a body tells nothing under another topic."""

from collections.abc import Callable
from typing import Any

import pytest

import app
from tests.naming import FOUR
from tests.webhooks.given import Hooks, Sent, payload, shopify, woocommerce

pytestmark = pytest.mark.journeys(*FOUR)
SHOPIFY = {
    "carts_update": ("carts/create", "carts/update"),
    "checkouts_update": ("checkouts/create", "checkouts/update"),
    "orders_create": ("orders/create", "orders/paid", "orders/updated", "orders/cancelled", "orders/fulfilled"),
    "checkouts_delete": ("checkouts/delete",),
    "orders_delete": ("orders/delete",),
    "orders_edited": ("orders/edited",),
    "refunds_create": ("refunds/create",),
    "customers_update": ("customers/create", "customers/update"),
    "customers_email_marketing_consent_update": ("customers_email_marketing_consent/update",),
    "customers_delete": ("customers/delete",),
    "customers_merge": ("customers/merge",),
    "customers_redact": ("customers/redact",),
    "customers_data_request": ("customers/data_request",),
    "shop_redact": ("shop/redact",),
}
WOOCOMMERCE = {
    "order_created": ("order.created", "order.updated", "order.restored"),
    "customer_updated": ("customer.created", "customer.updated"),
    "order_deleted": ("order.deleted", "customer.deleted"),  # both are an id alone
}
TOPICS = {"shopify": SHOPIFY, "woocommerce": WOOCOMMERCE}


@pytest.mark.parametrize(
    ("source", "signed", "name"),
    [("shopify", shopify, name) for name in SHOPIFY] + [("woocommerce", woocommerce, name) for name in WOOCOMMERCE],
)
def test_a_copy_tells_nothing_under_another_topic(
    hooks: Hooks, source: str, signed: Callable[[str, Any], Sent], name: str
) -> None:
    others = [topic for other, topics in TOPICS[source].items() if other != name for topic in topics]

    for topic in others:
        answer = hooks.take(signed(topic, payload(source, name)))
        assert answer.status == 400 or answer.json()["stored"] == 0, topic
    assert stored() == 0


PRODUCT = {
    "id": 25,
    "title": "Tea",
    "name": "Tea",
    "price": "12",
    "status": "active",
    "created_at": "2026-03-02T08:00:00Z",
}
OF_A_PRODUCT = {**PRODUCT, "admin_graphql_api_id": "gid://shopify/Product/25", "updated_at": "2026-03-02T08:00:00Z"}
OF_A_COMPANY = {"id": 25, "name": "Tea Ltd", "admin_graphql_api_id": "gid://shopify/Company/25"}


@pytest.mark.parametrize(
    "sent",
    [
        *(woocommerce(topic, PRODUCT) for topic in ("order.deleted", "customer.deleted", "customer.updated")),
        *(shopify(topic, OF_A_PRODUCT) for topic in ("customers/update", "customers/delete", "orders/updated")),
        shopify("customers/delete", OF_A_COMPANY),
    ],
)
def test_nor_does_a_body_of_what_is_not_used(hooks: Hooks, sent: Sent) -> None:
    answer = hooks.take(sent)

    assert answer.status == 400 or answer.json()["stored"] == 0
    assert stored() == 0


@pytest.mark.parametrize("name", SHOPIFY)
def test_each_body_is_taken_under_its_own_topics(hooks: Hooks, name: str) -> None:
    for topic in SHOPIFY[name]:
        assert hooks.take(shopify(topic, payload("shopify", name))).status == 200
        older = {name.rsplit("_", 1)[0].rstrip("s"): payload("shopify", name)}  # as older versions wrap it
        if name in ("orders_create", "checkouts_update", "customers_update", "refunds_create", "carts_update"):
            assert hooks.take(shopify(topic, older)).status == 200


def stored() -> int:
    """How many items there are of facts and names; deliveries and rejections stand beside them."""
    table = app.parts.table(app.parts.settings.commerce_table)
    return sum(not item["pk"].startswith(("DELIVERY#", "REJECTED#")) for item in table.scan())
