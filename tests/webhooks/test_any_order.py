"""No order of deliveries, and no repetition, changes what is known in the end."""

from dataclasses import replace

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from chalicelib import wiring
from chalicelib.domain.customer import Facts
from infra.local.clock import VirtualClock
from infra.local.machine import Machine
from tests.builders import START
from tests.webhooks.given import SECRETS, Hooks, Sent, payload, segment, shopify


def deliveries() -> list[Sent]:
    """A shop's day by three of the sources, each delivery as it would be sent again."""
    order = payload("shopify", "orders_create")
    later = {"updated_at": "2026-03-02T11:59:00Z"}
    cancelled = order | later | {"cancelled_at": "2026-03-02T11:58:00Z"}
    shop = [
        shopify("carts/update", payload("shopify", "carts_update")),
        shopify("checkouts/update", payload("shopify", "checkouts_update")),
        shopify("orders/create", order),
        shopify("orders/cancelled", cancelled),
        shopify("refunds/create", payload("shopify", "refunds_create")),
        shopify("customers/update", payload("shopify", "customers_update")),
    ]
    added = payload("segment", "product_added", timestamp="2026-03-02T08:07:00Z", messageId="later")
    removed = payload("segment", "product_added", timestamp="2026-03-02T08:12:00Z", messageId="out") | {
        "event": "Product Removed"
    }
    reloaded = payload("segment", "order_completed", timestamp="2026-03-09T08:15:00Z", messageId="reloaded")
    shop += [segment(each) for each in (added, removed, reloaded)]
    names = ("cart_viewed", "checkout_started", "product_added", "identify", "order_completed", "order_refunded")
    return [*shop, *(segment(payload("segment", name)) for name in (*names, "order_cancelled"))]


def known(order: list[Sent]) -> list[Facts]:
    """All that is known of everybody, after these deliveries in this order."""
    with Machine(VirtualClock(START), secrets=SECRETS, behaviour=None) as machine:
        hooks = Hooks(machine)
        for sent in order:
            assert hooks.take(sent).status == 200, hooks.answers[-1].body
        table = wiring.commerce()._table
        pks = {item["pk"] for item in table.scan() if item["pk"].startswith("CUSTOMER#")}
        facts = {wiring.commerce().facts(pk.removeprefix("CUSTOMER#")).customer.key for pk in pks}
        everybody = [wiring.commerce().facts(key) for key in facts]
        return sorted((replace(each, customer=replace(each.customer, key="")) for each in everybody), key=repr)


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
