"""After 90 days without an order: "we miss you", 15 % for profitable customers, a last call. An order ends it.

An order that is cancelled or wholly refunded is none: its own run ends, and the run that it had ended goes on. But in
60 days of the first message nobody is missed a second time.
"""

from chalicelib.domain.journeys.journey import (
    MARKETING,
    CoolDown,
    Coupon,
    Goal,
    Journey,
    On,
    OrderCancelled,
    OrderPlaced,
    OrderRefunded,
    Send,
    Wait,
    days,
)
from chalicelib.domain.journeys.moments import is_kept, is_worth_an_offer

WIN_BACK = Journey(
    key="win_back",
    version=1,
    purpose=MARKETING,
    enroll=On(OrderPlaced, key="order_id"),
    exit=On(OrderPlaced, when=is_kept) | On(OrderCancelled, key="order_id") | On(OrderRefunded, key="order_id"),
    goal=Goal(OrderPlaced, within=days(30)),
    reentry=CoolDown(days(60)),
    priority=10,
    steps=(
        Wait("lapsed", days(90), since="trigger"),
        Send("miss_you", template="miss_you"),
        Wait("two_weeks", days(14)),
        Send("offer", template="offer", when=is_worth_an_offer, offer=Coupon(percent=15)),
        Wait("a_month", days(16)),
        Send("last_call", template="last_call"),
    ),
)

JOURNEYS = (WIN_BACK,)
