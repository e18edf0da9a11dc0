"""No order of deliveries, and no repetition, changes what is known in the end."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import app
from chalicelib.domain.facts.facts import Facts
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from tests.builders import START
from tests.naming import FOUR
from tests.webhooks.given import SECRETS, Hooks, Sent, payload, segment, shopify, woocommerce

pytestmark = pytest.mark.journeys(*FOUR)


def deliveries() -> list[Sent]:
    """A shop's day by each of the sources, each delivery as it would be sent again."""
    order = payload("shopify", "orders_create")
    later = {"updated_at": "2026-03-02T11:59:00Z"}
    cancelled = order | later | {"cancelled_at": "2026-03-02T11:58:00Z"}
    refund = payload("shopify", "refunds_create")
    failed = refund | {"transactions": [refund["transactions"][0] | {"status": "failure"}]}
    shop = [
        shopify("carts/update", payload("shopify", "carts_update")),
        shopify("checkouts/update", payload("shopify", "checkouts_update")),
        shopify("orders/create", order),
        shopify("orders/cancelled", cancelled),
        shopify("refunds/create", refund),
        shopify("orders/updated", order | {"updated_at": "2026-03-06T00:00:00Z", "refunds": [failed]}),
        shopify("checkouts/update", payload("shopify", "checkouts_update", completed_at="2026-03-02T08:30:00Z")),
        shopify("customers/update", payload("shopify", "customers_update")),
    ]
    added = payload("segment", "product_added", timestamp="2026-03-02T08:07:00Z", messageId="later")
    removed = payload("segment", "product_added", timestamp="2026-03-02T08:12:00Z", messageId="out") | {
        "event": "Product Removed"
    }
    reloaded = payload("segment", "order_completed", timestamp="2026-03-09T08:15:00Z", messageId="reloaded")
    shop += [segment(each) for each in (added, removed, reloaded)]
    names = ("cart_viewed", "checkout_started", "product_added", "identify", "order_completed", "order_refunded")
    segments = [segment(payload("segment", name)) for name in (*names, "order_cancelled")]
    return [*shop, *segments, *orders_by_status()]


TRUSTING = {"TRUSTED_ADDRESSES": "woocommerce,segment"}
"""So that addresses join people, in whichever order they come."""
COURSES: dict[int, tuple[str, ...]] = {
    1: ("pending", "on-hold", "processing!", "completed!"),
    2: ("pending", "cancelled"),
    3: ("on-hold", "failed"),
    4: ("on-hold", "cancelled", "pending"),
    5: ("processing", "cancelled"),
    6: ("processing!", "cancelled!"),
    7: ("pending", "failed", "cancelled", "pending", "processing!"),
}
"""What becomes of orders of WooCommerce's, a minute later each time; ``!``: it was paid."""


def orders_by_status() -> list[Sent]:
    """Their deliveries: of a guest and of the account that has the guest's address.

    One had a mistyped address first, and one is deleted.
    """
    account = payload("woocommerce", "customer_updated", email="jun@example.com")
    mistyped = {"billing": {"email": "jun@exmaple.com"}, "status": "pending", "date_paid_gmt": None}
    mistaken = payload("woocommerce", "order_created", id=1, customer_id=0, **mistyped)
    sent = [
        woocommerce("customer.updated", account),
        woocommerce("order.created", mistaken | {"date_modified_gmt": "2026-03-02T08:59:00"}),
        woocommerce("order.deleted", {"id": 8}),
    ]
    for number, course in {**COURSES, 8: ("pending",)}.items():
        for minute, status in enumerate(course):
            at = f"2026-03-02T09:0{minute}:00"
            changes = {"status": status.rstrip("!"), "date_modified_gmt": at, "customer_id": 25 * (number % 2 == 0)}
            paid = {"date_paid_gmt": at if status.endswith("!") else None}
            sent.append(
                woocommerce("order.updated", payload("woocommerce", "order_created", id=number, **changes, **paid))
            )
    return sent


def known(order: list[Sent]) -> list[Facts]:
    """All that is known of everybody, after these deliveries in this order."""
    with Machine(VirtualClock(START), secrets=SECRETS, behaviour=None, settings=TRUSTING) as machine:
        hooks = Hooks(machine)
        for sent in order:
            assert hooks.take(sent).status == 200, hooks.answers[-1].body
        table = app.parts._commerce_table
        pks = {item["pk"] for item in table.scan() if item["pk"].startswith("CUSTOMER#")}
        facts = {app.parts.facts.of(pk.removeprefix("CUSTOMER#")).customer.key for pk in pks}
        everybody = [app.parts.facts.of(key) for key in facts]
        return sorted((replace(each, customer=replace(each.customer, key="")) for each in everybody), key=repr)


def test_each_order_ends_as_its_course_does() -> None:
    (jun,) = [each for each in known(orders_by_status()) if each.customer.email == "jun@example.com"]

    assert {number: order.net > 0 for number, order in jun.orders.items()} == {
        "1": True, "3": False, "4": False, "5": False, "6": False, "7": True,
    }  # fmt: skip
    assert {cart_id for cart_id, cart in jun.carts.items() if cart.lines} == {f"order-{n}" for n in (1, 2, 3, 4, 7)}
    assert jun.carts["order-8"].lines == ()


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
@given(st.data())
def test_order_and_repetition_change_nothing(data: st.DataObject) -> None:
    day = deliveries()
    again = data.draw(st.lists(st.sampled_from(range(len(day))), max_size=4))
    order = data.draw(st.permutations([*range(len(day)), *again]))

    assert known([day[index] for index in order]) == known(day)
