"""Shopify's documented payloads, of one customer with one cart and one order."""

from typing import Any

from tests.webhooks.given import Hooks, payload, shopify

MINA, MINAS_ID = "mina@example.com", "603851970716743426"
CART, ORDER = "c1-7a2abe82733a34e84aa472d57fb5c3c1", "820982911946154508"


def tell(hooks: Hooks, topic: str, name: str, **changes: Any) -> None:
    """One of the documented payloads arrives."""
    answer = hooks.take(shopify(topic, payload("shopify", name, **changes)))
    assert (answer.status, "rejected" in answer.json()) == (200, False), answer


def checkout(hooks: Hooks, **changes: Any) -> None:
    tell(hooks, "checkouts/update", "checkouts_update", **changes)


def order(hooks: Hooks, topic: str = "orders/create", **changes: Any) -> None:
    tell(hooks, topic, "orders_create", **changes)


def a_customer(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = payload("shopify", "orders_create")["customer"]
    return found | changes
