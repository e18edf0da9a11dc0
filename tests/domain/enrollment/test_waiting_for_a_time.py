"""A wait for a time: from when it counts, on whose clock, and what came too late for it."""

from datetime import datetime, time

import pytest

from chalicelib.domain.facts.cart import CartChanged
from chalicelib.domain.journeys.engine import Deliver, Exit, Sleep, advance, rest
from chalicelib.domain.journeys.journey import At, Branch, On, Wait, Weekday, days, hours, minutes
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.settlement import claimed, sent
from chalicelib.domain.journeys.situation import Situation
from tests.builders import START, a_cart, a_customer, a_situation, facts, outcomes_of, utc
from tests.domain.enrollment.given import A, B, a_journey, before, decide, yes


def at_noon_of_the_fourth(situation: Situation) -> datetime | None:
    return utc("2026-03-04 12:00")


# Waiting for a time


def test_a_wait_counts_from_when_the_step_before_it_ran() -> None:
    journey = a_journey(A, Wait("w", days(2)), B)
    ran_late = before(journey, "w", ran_at=START + days(9))

    assert decide(journey, ran_late, now=START + days(9)) == Sleep(START + days(11))
    assert decide(journey, ran_late, now=START + days(11)) == Deliver(B)


def test_of_two_waits_in_a_row_the_second_counts_from_when_the_first_ended_however_late_that_is_noticed() -> None:
    journey = a_journey(Wait("w1", days(1)), Branch("way", yes, then=(Wait("w2", days(9)), A)))

    assert decide(journey, before(journey, "w1"), now=START + days(7)) == Sleep(START + days(10))


def test_a_wait_since_the_trigger_counts_from_the_event_itself() -> None:
    journey = a_journey(Wait("w", days(2), since="trigger"), A)
    run = before(journey, "w", ran_at=START + days(1))

    assert decide(journey, run) == Sleep(START + days(2))


def test_a_wait_since_the_last_activity_goes_on_as_long_as_the_cart_changes() -> None:
    journey = a_journey(Wait("w", hours(24), since="activity"), A, enroll=On(CartChanged, key="cart_id"))
    run = before(journey, "w", subject="cart-1")
    changed = facts(a_cart(at=START + hours(20)))

    assert decide(journey, run, changed, now=START + hours(24)) == Sleep(START + hours(44))
    assert decide(journey, run, changed, now=START + hours(44)) == Deliver(A)


def test_an_older_version_of_the_cart_makes_nothing_due_earlier() -> None:
    journey = a_journey(Wait("w", hours(24), since="activity"), A, enroll=On(CartChanged, key="cart_id"))
    run = before(journey, "w", subject="cart-1")

    assert decide(journey, run, facts(a_cart(at=START - days(3)))) == Sleep(START + hours(24))


def test_another_carts_activity_is_nothing_to_this_run() -> None:
    journey = a_journey(Wait("w", hours(24), since="activity"), A, enroll=On(CartChanged, key="cart_id"))
    run = before(journey, "w", subject="cart-1")

    assert decide(journey, run, facts(a_cart("cart-2", START + hours(20)))) == Sleep(START + hours(24))


def test_a_wait_since_a_moment_of_the_facts_counts_from_there() -> None:
    journey = a_journey(Wait("w", hours(1), since=at_noon_of_the_fourth), A)

    assert decide(journey, before(journey, "w")) == Sleep(utc("2026-03-04 13:00"))


def test_a_moment_that_nobody_knows_counts_from_the_step_before() -> None:
    def unknown(situation: Situation) -> datetime | None:
        return None

    journey = a_journey(Wait("w", hours(1), since=unknown), A)

    assert decide(journey, before(journey, "w")) == Sleep(START + hours(1))


def test_what_waits_for_a_moment_that_was_over_when_the_last_message_went_comes_too_late_and_is_left_out() -> None:
    journey = a_journey(A, Wait("w", since=at_noon_of_the_fourth), B)
    sent_after_noon = before(journey, "w", message_at=utc("2026-03-04 12:00"), ran_at=utc("2026-03-04 12:00"))

    run, decision = advance(journey, a_situation(sent_after_noon, now=utc("2026-03-04 12:30")))

    assert decision == Exit("completed")
    assert outcomes_of(run) == [(Kind.SUPPRESSED, "b", "too_late")]


def test_what_waits_for_a_moment_after_the_last_message_goes() -> None:
    journey = a_journey(A, Wait("w", since=at_noon_of_the_fourth), B)
    run = before(journey, "w", message_at=utc("2026-03-04 11:59"), ran_at=utc("2026-03-04 11:59"))

    assert decide(journey, run, now=utc("2026-03-04 12:00")) == Deliver(B)


def test_a_moment_that_was_missed_stays_missed_through_a_wait_of_no_length() -> None:
    journey = a_journey(A, Wait("w1", since=at_noon_of_the_fourth), Wait("w2"), B)
    run = before(journey, "w1", message_at=utc("2026-03-04 13:00"), ran_at=utc("2026-03-04 13:00"))

    assert decide(journey, run, now=utc("2026-03-04 13:00")) == Exit("completed")


# Waiting for the recipient's clock


@pytest.mark.parametrize(
    ("zone", "since", "at", "weekday", "until"),
    [
        ("Asia/Seoul", "2026-03-02 10:00", time(9), None, "2026-03-03 00:00"),
        ("Asia/Tokyo", "2026-03-02 23:30", time(9), None, "2026-03-03 00:00"),  # 08:30 there: the same morning
        ("America/New_York", "2026-03-02 10:00", time(9), None, "2026-03-02 14:00"),
        ("America/New_York", "2026-03-07 15:00", time(9), None, "2026-03-08 13:00"),  # the clock went forward
        ("America/New_York", "2026-03-08 05:00", time(2, 30), None, "2026-03-08 07:30"),  # 02:30 is skipped: 03:30
        ("America/New_York", "2026-11-01 05:00", time(1, 30), None, "2026-11-01 05:30"),  # comes twice: the first
        ("America/New_York", "2026-11-01 05:31", time(1, 30), None, "2026-11-02 06:30"),  # and not the second
        ("Australia/Lord_Howe", "2026-10-03 14:00", time(2, 15), None, "2026-10-03 15:45"),  # half an hour is skipped
        ("Australia/Lord_Howe", "2026-04-04 13:00", time(1, 45), None, "2026-04-04 14:45"),  # half an hour twice
        ("Asia/Seoul", "2026-03-02 10:00", time(9), Weekday.FRIDAY, "2026-03-06 00:00"),
        ("Asia/Seoul", "2026-03-01 20:00", time(9), Weekday.MONDAY, "2026-03-02 00:00"),  # Monday there already
        ("America/New_York", "2026-03-02 02:00", time(9), Weekday.SUNDAY, "2026-03-08 13:00"),  # Sunday 21:00 there
    ],
)
def test_a_local_time_is_the_next_on_the_recipients_clock(
    zone: str, since: str, at: time, weekday: Weekday | None, until: str
) -> None:
    journey = a_journey(Wait("w", At(at, weekday)), A)
    run = before(journey, "w", ran_at=utc(since))

    assert decide(journey, run, facts(a_customer(zone=zone)), now=utc(since)) == Sleep(utc(until))


def test_without_a_zone_the_shops_clock_counts() -> None:
    journey = a_journey(Wait("w", At(time(9))), A)

    decision = decide(journey, before(journey, "w"), facts(a_customer()), policy=Policy(zone="Asia/Seoul"))

    assert decision == Sleep(utc("2026-03-03 00:00"))


def test_a_message_at_nine_is_followed_by_that_of_nine_the_next_day() -> None:
    """The first goes on the stroke of nine: the next nine o'clock is tomorrow's."""
    journey = a_journey(Wait("w1", At(time(9))), A, Wait("w2", At(time(9))), B)
    nine = utc("2026-03-03 09:00")
    run = claimed(before(journey, "a", ran_at=nine), nine, minutes(5))

    after = sent(journey, a_situation(run, now=nine))

    assert (after.step, after.due_at) == ("w2", utc("2026-03-04 09:00"))


def test_lying_down_at_a_message_is_due_now_and_at_a_wait_when_that_is_over() -> None:
    journey = a_journey(Wait("w", days(1)), A)

    at_wait = rest(journey, a_situation(before(journey, "w")))
    at_message = rest(journey, a_situation(before(journey, "w"), now=START + days(3)))

    assert (at_wait.step, at_wait.due_at) == ("w", START + days(1))
    assert (at_message.step, at_message.due_at) == ("a", START + days(3))
