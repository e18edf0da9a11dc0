"""Facts from outside are kept under the right person, each unless something newer is there."""

from dataclasses import replace
from datetime import timedelta

from chalicelib.services.ingest import Incoming, Ingest
from tests.builders import START, a_cart, a_customer, a_launch, an_order
from tests.fakes import FakeCommerce

HOUR = timedelta(hours=1)


def test_facts_of_one_person_come_together_by_id_and_by_address() -> None:
    store = FakeCommerce()

    stored = Ingest(store)(
        [
            Incoming(a_customer(""), "17", "ann@example.com"),
            Incoming(a_cart(), "guest-4", "Ann@example.com"),
            Incoming(an_order(), "17"),
        ]
    )

    (customer,) = {customer for customer, _ in store.stored}
    known = store.facts(customer)
    assert stored == 3
    assert (known.customer.key, set(known.carts), set(known.orders)) == (customer, {"cart-1"}, {"order-1"})


def test_what_is_older_than_what_is_known_is_not_counted_as_stored() -> None:
    store = FakeCommerce()
    newer = Incoming(a_cart("k1", START + HOUR, lines=2), "17")

    stored = Ingest(store)([newer, Incoming(a_cart("k1", START, lines=1), "17")])

    assert stored == 1
    (cart,) = store.facts(store.customer_key("shop", "17")).carts.values()
    assert len(cart.lines) == 2


def test_an_order_redeems_its_coupon_once() -> None:
    store = FakeCommerce()
    store.issue_coupon("BACK", "c1", 10, START)
    order = an_order("o1", coupon="BACK")

    Ingest(store)([Incoming(order, "17"), Incoming(order, "17"), Incoming(replace(order, id="o2"), "17")])

    assert store.coupons["BACK"].order_id == "o1"


def test_a_launch_is_nobody_s() -> None:
    store = FakeCommerce()

    Ingest(store)([Incoming(a_launch())])

    assert store.launches(["spring"]) == {"spring": a_launch()}
    assert store.aliases == {}
