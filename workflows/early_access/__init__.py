"""Let loyal members buy a launch first: an invitation when each may buy, and before the public opening a last call.

The last call is for those with 48 hours of early access or more: for others it would come within a day of the
invitation.
"""

from chalicelib.domain.journeys.journey import (
    MARKETING,
    Coupon,
    Defer,
    Goal,
    Journey,
    LaunchAnnounced,
    LaunchEnded,
    LaunchWithdrawn,
    On,
    OrderPlaced,
    Send,
    Wait,
    hours,
)
from chalicelib.domain.journeys.moments import (
    before_opening,
    early_time,
    has_long_early_access,
    is_early_member,
    launch_end,
    of_the_launch,
)

EARLY_ACCESS = Journey(
    key="early_access",
    version=1,
    purpose=MARKETING,
    enroll=On(LaunchAnnounced, key="launch_id"),
    exit=On(OrderPlaced, when=of_the_launch) | On(LaunchWithdrawn, key="launch_id") | On(LaunchEnded, key="launch_id"),
    goal=Goal(OrderPlaced, until=launch_end, when=of_the_launch),
    priority=30,
    steps=(
        Wait("early", since=early_time),
        Send("invitation", template="invitation", when=is_early_member, offer=Coupon(percent=5), late=None),
        Wait("nearly_open", since=before_opening(hours(6))),
        Send("last_call", template="last_call", when=has_long_early_access, capped=Defer(hours(6))),
    ),
)

JOURNEYS = (EARLY_ACCESS,)
