"""Remind a day after the cart's last activity, offer 10 % two days later, stop when the customer orders."""

from chalicelib.domain.journeys.journey import (
    MARKETING,
    CartChanged,
    CartEmptied,
    CoolDown,
    Coupon,
    Defer,
    Goal,
    Journey,
    On,
    OrderPlaced,
    Send,
    Wait,
    days,
    hours,
)
from chalicelib.domain.journeys.moments import has_lines

ABANDONED_CART = Journey(
    key="abandoned_cart",
    version=1,
    purpose=MARKETING,
    enroll=On(CartChanged, key="cart_id", when=has_lines),
    exit=On(OrderPlaced) | On(OrderPlaced, key="cart_id") | On(CartEmptied, key="cart_id"),
    goal=Goal(OrderPlaced, within=days(5)),
    holdout=0.10,
    reentry=CoolDown(days(7)),
    priority=20,
    steps=(
        Wait("left", hours(24), since="activity"),
        Send("reminder", template="reminder", capped=Defer(hours(24))),
        Wait("second_chance", days(2)),
        Send("offer", template="offer", offer=Coupon(percent=10), capped=Defer(hours(24))),
    ),
)

JOURNEYS = (ABANDONED_CART,)
