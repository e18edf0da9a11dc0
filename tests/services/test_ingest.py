"""Facts from outside are kept under the right person, each unless something newer is there."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.facts.inbound import InboundFact, Person
from chalicelib.services.identify import Identify
from chalicelib.services.ingest import Ingest
from chalicelib.services.refusals import PassOnRefusals
from tests.builders import START, a_cart, a_customer, a_launch, an_order
from tests.fakes import FakeCommerce, FakeEngagement

HOUR = timedelta(hours=1)


def ingest(store: FakeCommerce, engagement: FakeEngagement | None = None) -> Ingest:
    """The service over these stores, the clock standing still."""
    erased = (engagement or FakeEngagement()).erased
    identify = Identify(
        store, store, store, store, store.identity.names, erased, PassOnRefusals(store, store.identity.address_hash)
    )
    return Ingest(store, store, store, identify, lambda: START)


class UnavailableOnce(FakeCommerce):
    """Does not answer when the first coupon is to be redeemed."""

    def __init__(self) -> None:
        super().__init__()
        self.is_there = False

    def redeem(self, code: str, order_id: str) -> bool:
        if not self.is_there:
            self.is_there = True
            raise Unavailable("throttled")
        return super().redeem(code, order_id)


def by(customer_id: str, email: str | None = None) -> Person:
    """A person as the shop names them."""
    return Person("shop", customer_id, email, is_verified=True)


def test_facts_of_one_person_come_together_by_id_and_by_address() -> None:
    store = FakeCommerce()

    stored = ingest(store)(
        [
            InboundFact(a_customer(""), by("17", "ann@example.com")),
            InboundFact(a_cart(), by("guest-4", "Ann@example.com")),
            InboundFact(an_order(), by("17")),
        ]
    )

    (customer,) = {customer for customer, _ in store.stored}
    known = store.of(customer)
    assert stored == 3
    assert (known.customer.key, set(known.carts), set(known.orders)) == (customer, {"cart-1"}, {"order-1"})


def test_what_is_older_than_what_is_known_is_not_counted_as_stored() -> None:
    store = FakeCommerce()
    newer = InboundFact(a_cart("k1", START + HOUR, lines=2), by("17"))

    stored = ingest(store)([newer, InboundFact(a_cart("k1", START, lines=1), by("17"))])

    assert stored == 1
    (cart,) = store.of(store.find("17") or "").carts.values()
    assert len(cart.lines) == 2


def test_an_order_redeems_its_coupon_once() -> None:
    store = FakeCommerce()
    store.issue("BACK", "c1", 10, START)
    order = an_order("o1", coupon="BACK")

    ingest(store)(
        [InboundFact(order, by("17")), InboundFact(order, by("17")), InboundFact(replace(order, id="o2"), by("17"))]
    )

    assert store.coupons["BACK"].order_id == "o1"


def test_a_coupon_is_redeemed_by_the_second_try_when_the_first_ended_before_it() -> None:
    store = UnavailableOnce()
    store.issue("BACK", "c1", 10, START)
    inputs = [InboundFact(an_order("o1", coupon="BACK"), by("17"))]
    with pytest.raises(Unavailable):
        ingest(store)(inputs)

    assert ingest(store)(inputs) == 0

    assert store.coupons["BACK"].order_id == "o1"


def test_a_launch_is_nobody_s() -> None:
    store = FakeCommerce()

    ingest(store)([InboundFact(a_launch())])

    assert store.launches(["spring"]) == {"spring": a_launch()}
    assert store.aliases == {}
