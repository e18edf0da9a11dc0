"""Over a frequency cap, or while its journey is paused, a message waits to a limit and is then dropped."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.journeys.contacts import Contact
from chalicelib.domain.journeys.eligibility import PAUSE_CHECK, Allowed, Deferred, Suppressed, Verdict
from chalicelib.domain.journeys.journey import MARKETING, SERVICE, SKIP, days, hours
from chalicelib.domain.journeys.policy import Cap, Policy
from tests.builders import an_enrollment
from tests.domain.eligibility.given import MESSAGE, MILLISECOND, NOON, a_journey, judged, mails


@pytest.mark.parametrize(
    ("ago", "verdict"),
    [
        ((hours(24),), Allowed()),
        ((hours(24) - MILLISECOND,), Deferred(NOON + MILLISECOND, "frequency_cap")),
        ((hours(1),), Deferred(NOON + hours(23), "frequency_cap")),
        ((timedelta(0),), Deferred(NOON + hours(24), "frequency_cap")),
        ((days(2), days(4), days(7)), Allowed()),
        ((days(2), days(4), days(7) - MILLISECOND), Deferred(NOON + MILLISECOND, "frequency_cap")),
        ((days(2), days(3), days(6), days(6) + hours(20)), Deferred(NOON + days(1), "frequency_cap")),
        ((hours(1), days(5), days(6) + hours(2)), Deferred(NOON + hours(23), "frequency_cap")),  # both caps: the later
        ((hours(2), days(5), days(6) + hours(1)), Deferred(NOON + hours(23), "frequency_cap")),
    ],
)
def test_one_marketing_mail_in_24_hours_and_three_in_7_days(ago: tuple[timedelta, ...], verdict: Verdict) -> None:
    assert judged(contacts=mails(*ago)) == verdict


def test_service_mails_are_neither_capped_nor_counted() -> None:
    assert judged(purpose=SERVICE, contacts=mails(hours(1))) == Allowed()
    assert judged(contacts=mails(hours(1), purpose=SERVICE)) == Allowed()


def test_its_own_claim_is_not_counted_but_another_steps_is() -> None:
    own = an_enrollment(a_journey()).send_id
    other = an_enrollment(a_journey(), step="before").send_id

    assert judged(contacts=(Contact(own, NOON, MARKETING),)) == Allowed()
    assert judged(contacts=(Contact(other, NOON, MARKETING),)) == Deferred(NOON + hours(24), "frequency_cap")


def test_over_the_cap_it_waits_to_the_limit_and_is_then_dropped() -> None:
    since = NOON - hours(20)

    at_the_limit = judged(contacts=mails(hours(20)), deferred_since=since)
    beyond_it = judged(contacts=mails(hours(20) - MILLISECOND), deferred_since=since)

    assert at_the_limit == Deferred(NOON + hours(4), "frequency_cap")
    assert beyond_it == Suppressed("frequency_cap")


def test_what_skips_is_dropped_at_once() -> None:
    assert judged(contacts=mails(hours(23)), send=replace(MESSAGE, capped=SKIP)) == Suppressed("frequency_cap")


def test_a_cap_of_none_lets_nothing_through() -> None:
    verdict = judged(policy=Policy(caps=(Cap(0, hours(12)),)))

    assert verdict == Deferred(NOON + hours(12), "frequency_cap")


def test_a_shop_without_caps_sends_as_often_as_it_likes() -> None:
    assert judged(policy=Policy(caps=()), contacts=mails(*[hours(1)] * 20)) == Allowed()


def test_a_paused_journey_is_looked_at_again_until_the_limit() -> None:
    first = judged(paused=True)
    last = judged(paused=True, deferred_since=NOON - hours(24) + PAUSE_CHECK)
    dropped = judged(paused=True, deferred_since=NOON - hours(24) + PAUSE_CHECK - MILLISECOND)

    assert (first, last) == (Deferred(NOON + PAUSE_CHECK, "paused"),) * 2
    assert dropped == Suppressed("paused")
