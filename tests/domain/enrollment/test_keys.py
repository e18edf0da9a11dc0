"""Which events are of a run's own subject and occasion, and by which key."""

from datetime import datetime, timedelta

import pytest

from chalicelib.domain.facts.order import OrderPlaced
from chalicelib.domain.journeys.engine import exit_reason
from chalicelib.domain.journeys.journey import CartChanged, CartEmptied, On, days
from chalicelib.domain.journeys.situation import ORDER_LEAD, event_key
from tests.builders import START, a_cart, a_situation, an_enrollment, an_order, facts
from tests.domain.enrollment.given import A, a_journey

INSTANT = timedelta(milliseconds=1)
BY_CART = On(CartChanged, key="cart_id")


def test_an_event_has_its_own_key_and_those_of_its_fields_that_are_ids() -> None:
    placed = OrderPlaced("order-1", START, an_order(cart_id="cart-9"))

    assert [event_key(placed, name) for name in ("order_id", "cart_id")] == ["order-1", "cart-9"]
    assert [event_key(placed, name) for name in ("launch_id", "at", "order")] == [None, None, None]


@pytest.mark.parametrize(
    ("at", "ends"), [(START - INSTANT, None), (START, "cart_emptied"), (START + days(1), "cart_emptied")]
)
def test_what_emptied_the_cart_before_the_occasion_does_not_end_it(at: datetime, ends: str | None) -> None:
    journey = a_journey(A, enroll=BY_CART, exit=On(CartEmptied, key="cart_id"))
    emptied = a_cart(at=at, lines=0)

    assert exit_reason(journey, a_situation(an_enrollment(journey, subject="cart-1"), facts(emptied))) == ends


@pytest.mark.parametrize(("ago", "ends"), [(ORDER_LEAD, None), (ORDER_LEAD - INSTANT, "order_placed")])
def test_an_order_of_other_things_may_be_a_little_earlier_than_its_cart(ago: timedelta, ends: str | None) -> None:
    journey = a_journey(A, enroll=BY_CART, exit=On(OrderPlaced, key="cart_id"))
    order = an_order(at=START - ago, cart_id="cart-1", products=("mug",))

    assert exit_reason(journey, a_situation(an_enrollment(journey, subject="cart-1"), facts(a_cart(), order))) == ends
