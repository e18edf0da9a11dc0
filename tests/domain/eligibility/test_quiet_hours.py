"""At night a message waits for the recipient's morning."""

from dataclasses import replace
from datetime import time

import pytest

from chalicelib.domain.journeys.eligibility import Allowed, Deferred
from chalicelib.domain.journeys.journey import SERVICE, SKIP, days
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.time import QuietHours
from tests.builders import a_customer, facts, utc
from tests.domain.eligibility.given import MESSAGE, judged


@pytest.mark.parametrize(
    ("zone", "now", "until"),
    [
        ("Asia/Seoul", "2026-03-02 11:59:59", None),  # 20:59:59
        ("Asia/Seoul", "2026-03-02 12:00", "2026-03-02 23:00"),
        ("Asia/Seoul", "2026-03-02 22:59:59", "2026-03-02 23:00"),
        ("Asia/Seoul", "2026-03-02 23:00", None),
        ("Asia/Tokyo", "2026-07-01 15:00", "2026-07-01 23:00"),  # no summer time
        ("America/New_York", "2026-01-15 12:59", "2026-01-15 13:00"),  # EST
        ("America/New_York", "2026-07-15 11:59", "2026-07-15 12:00"),  # EDT
        ("America/New_York", "2026-03-08 02:00", "2026-03-08 12:00"),  # the night of the gap ends at 08:00 EDT
        ("America/New_York", "2026-03-08 12:30", None),  # 08:30 EDT, which was 07:30 the day before
        ("America/New_York", "2026-11-01 01:30", "2026-11-01 13:00"),  # the night of the overlap is an hour longer
        ("America/New_York", "2026-11-01 12:30", "2026-11-01 13:00"),  # 07:30 EST, which was 08:30 the day before
        ("Australia/Lord_Howe", "2026-10-03 20:59", "2026-10-03 21:00"),  # +11:00 now, +10:30 before
        ("Australia/Lord_Howe", "2026-04-04 21:15", "2026-04-04 21:30"),  # +10:30 now, +11:00 before
        (None, "2026-03-02 13:00", None),  # the shop's zone: New York, 08:00
        (None, "2026-03-02 12:59", "2026-03-02 13:00"),
    ],
)
def test_at_night_it_waits_for_the_recipients_morning(zone: str | None, now: str, until: str | None) -> None:
    verdict = judged(facts(a_customer(zone=zone)), now=utc(now), policy=Policy(zone="America/New_York"))

    assert verdict == (Deferred(utc(until), "quiet_hours") if until else Allowed())


def test_quiet_hours_hold_for_service_too_and_for_what_skips_and_however_long_it_waited() -> None:
    night = utc("2026-03-02 22:00")
    morning = Deferred(utc("2026-03-03 08:00"), "quiet_hours")

    assert judged(now=night, purpose=SERVICE) == morning
    assert judged(now=night, send=replace(MESSAGE, capped=SKIP)) == morning
    assert judged(now=night, deferred_since=night - days(30)) == morning


def test_the_shop_sets_its_own_quiet_hours() -> None:
    siesta = Policy(quiet=QuietHours(time(12), time(15)))

    assert judged(policy=siesta) == Deferred(utc("2026-03-02 15:00"), "quiet_hours")
    assert judged(policy=siesta, now=utc("2026-03-02 23:00")) == Allowed()
