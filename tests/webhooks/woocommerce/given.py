"""WooCommerce's documented payloads, of one customer with one order."""

from typing import Any

import app
from tests.webhooks.given import Hooks, payload, woocommerce

JUN, JUNS_ID, ORDER, CART = "jun@example.com", "25", "727", "order-727"


def tell(hooks: Hooks, topic: str, name: str, **changes: Any) -> None:
    """One of the documented payloads arrives."""
    answer = hooks.take(woocommerce(topic, payload("woocommerce", name, **changes)))
    assert (answer.status, "rejected" in answer.json()) == (200, False), answer


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
