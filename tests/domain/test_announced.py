"""What the answer to a launch says: the messages of each tier, by the journeys, the caps and the quiet hours."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.facts.order import OrderPlaced
from chalicelib.domain.journeys.announced import messages_by_tier
from chalicelib.domain.journeys.journey import (
    MARKETING,
    SERVICE,
    Branch,
    Journey,
    LaunchAnnounced,
    Notify,
    On,
    Send,
    Wait,
    days,
    hours,
)
from chalicelib.domain.journeys.policy import Cap, Policy
from chalicelib.domain.journeys.situation import Situation
from chalicelib.domain.standing.standing import Tier
from chalicelib.domain.time import QuietHours
from tests.builders import START, a_launch
from workflows.early_access import EARLY_ACCESS

pytestmark = pytest.mark.journeys("early_access")
BOTH, ONE = ["invitation", "last_call"], ["invitation"]


def told(now: datetime = START, policy: Policy | None = None, **launch: Any) -> dict[str, list[str]]:
    return dict(messages_by_tier(a_launch(**launch), [EARLY_ACCESS], now, policy or Policy()))


def test_those_with_two_days_get_a_last_call_and_those_with_one_an_invitation() -> None:
    assert told() == {"gold": BOTH, "silver": ONE}


def test_a_tier_without_early_access_gets_nothing() -> None:
    assert told(early_by={"silver": hours(72)}) == {"silver": BOTH}
    assert told(early_by={}) == {}


@pytest.mark.parametrize(("before", "messages"), [(40, BOTH), (30, BOTH), (25, BOTH), (23, ONE), (7, ONE), (1, ONE)])
def test_a_launch_announced_late_has_what_the_caps_still_allow(before: int, messages: list[str]) -> None:
    opens_at = START + timedelta(days=2, hours=10)

    found = told(opens_at - hours(before), Policy(quiet=QuietHours(START.time(), START.time())), opens_at=opens_at,
                 ends_at=opens_at + days(2))  # fmt: skip

    assert found["gold"] == messages


def test_only_tiers_of_the_launch_s_segment_get_messages_if_it_has_tiers() -> None:
    assert told(segment="gold") == {"gold": BOTH}
    assert told(segment="bronze") == {}
    assert told(segment="loyal", early_by={"bronze": hours(72), "silver": hours(72)}) == {"silver": BOTH}
    assert told(segment="repeat") == told(segment="everyone") == {"gold": BOTH, "silver": ONE}


def test_caps_count() -> None:
    assert told(policy=Policy(caps=(Cap(1, days(7)),))) == {"gold": ONE, "silver": ONE}


def test_quiet_hours_until_the_opening_leave_no_time_for_a_last_call() -> None:
    opens_at = START.replace(hour=7) + days(10)

    assert told(opens_at=opens_at)["gold"] == ONE


def test_a_launch_that_is_withdrawn_or_over_leads_to_nothing() -> None:
    assert told(withdrawn=True) == {}
    assert told(START + days(12)) == {}


def test_any_journey_that_a_launch_begins_is_described() -> None:
    def is_bronze(situation: Situation) -> bool:
        return situation.standing.tier is Tier.BRONZE

    on = On(LaunchAnnounced, key="launch_id")
    steps = (
        Wait("soon", hours(1)),
        Branch("tier", is_bronze, (Send("hello", "hello"),), (Notify("tell", "tell"),)),
    )
    own = Journey(key="own", version=1, purpose=SERVICE, enroll=on, steps=steps)
    other = Journey(key="other", version=1, purpose=MARKETING, enroll=On(OrderPlaced), steps=(Send("no", "no"),))

    journeys = [EARLY_ACCESS, own, replace(own, key="again", holdout=1.0), other]

    found = messages_by_tier(a_launch(segment="everyone"), journeys, START, Policy())

    assert found == {"bronze": ["hello", "hello"], "gold": BOTH, "silver": ONE}
