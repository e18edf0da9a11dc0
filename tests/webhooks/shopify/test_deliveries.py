"""Deliveries: test notifications store nothing, and an event counts once however often it is sent."""

from typing import Any

import pytest

from tests.naming import FOUR
from tests.webhooks.given import Hooks, payload, shopify
from tests.webhooks.shopify.given import MINA, ORDER, order

pytestmark = pytest.mark.journeys(*FOUR)


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("orders/create", "orders_create"),
        ("customers/create", "customers_update"),
        ("carts/update", "carts_update"),
        ("customers/redact", "customers_redact"),
    ],
)
def test_a_test_notification_is_answered_and_nothing_of_it_stored(hooks: Hooks, topic: str, name: str) -> None:
    from tests.identity.given import items

    sample = shopify(topic, payload("shopify", name, customer={"id": None})).again(x_shopify_test="true")

    assert hooks.take(sample).json() == {"received": 0, "stored": 0}
    assert items()["commerce"] == []


def test_a_test_notification_is_signed_like_any_other(hooks: Hooks) -> None:
    sample = shopify("orders/create", payload("shopify", "orders_create"), secret="another")

    assert hooks.take(sample.again(x_shopify_test="true")).status == 401


def test_an_order_by_which_a_developer_tries_the_shop_is_kept(hooks: Hooks) -> None:
    order(hooks, test=True)

    assert set(hooks.known(MINA).orders) == {ORDER}


def test_an_event_counts_once_however_often_and_by_whichever_webhook_it_is_sent(hooks: Hooks) -> None:
    first = shopify("orders/create", payload("shopify", "orders_create"), event="e-1")
    hooks.take(first)

    again = hooks.take(first.again(x_shopify_webhook_id="another"))
    other = hooks.take(first.again(x_shopify_topic="orders/paid"))

    assert (again.json(), other.json()["received"]) == ({"received": 2, "stored": 0}, 2)
    assert len(list(deliveries())) == 2


def test_without_an_event_s_id_the_webhook_s_is_taken_and_without_both_it_is_read_each_time(hooks: Hooks) -> None:
    sent = shopify("orders/create", payload("shopify", "orders_create")).again(x_shopify_event_id="")
    hooks.take(sent)
    hooks.take(sent)
    assert len(deliveries()) == 1

    assert hooks.take(sent.again(x_shopify_webhook_id="")).json() == {"received": 2, "stored": 0}
    assert len(deliveries()) == 1


def deliveries() -> list[Any]:
    """What is remembered of deliveries."""
    from tests.identity.given import items

    return [item for item in items()["commerce"] if item["pk"]["S"].startswith("DELIVERY#")]
