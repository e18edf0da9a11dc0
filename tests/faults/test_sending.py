"""Faults 5, 6, 8, 10, 11, 12 of FAULTS.md: whatever happens around a send, at most one mail, and none lost silently."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.errors import SendRejected, SendThrottled, SendUnknown, Unavailable
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.journeys.journey import Unknown
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import Status
from tests.builders import START, a_cart, outcomes_of
from tests.faults.due import Died, desk_with_a_reminder_due, die, ends
from tests.naming import FOUR
from tests.services.desk import Desk

pytestmark = pytest.mark.journeys(*FOUR)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LEASE, HOPE = 6 * MINUTE, 7 * HOUR
SENT, ABANDONED, FAILED = Kind.SENT, Kind.ABANDONED, Kind.FAILED


def test_5_a_crash_after_the_acceptance_is_settled_by_ses_s_event_and_no_second_mail_goes() -> None:
    desk, run = desk_with_a_reminder_due()
    desk.mailer.after = die

    with pytest.raises(Died):
        desk.page()
    desk.later(LEASE)
    desk.report()
    desk.later(HOPE, HOPE + HOUR)

    assert len(desk.mailer.sent) == 1
    assert ends(desk, run) == [(SENT, None)]
    assert desk.run(run).step == "second_chance"


def test_5_an_event_that_comes_before_the_lease_ends_settles_at_once() -> None:
    desk, run = desk_with_a_reminder_due()
    desk.mailer.after = die
    with pytest.raises(Died):
        desk.page()
    desk.report("delivery")

    desk.later(LEASE)

    assert ends(desk, run) == [(SENT, None)]
    assert desk.run(run).status is Status.WAITING


def test_6_if_the_event_is_lost_the_send_is_given_up_and_never_made_again() -> None:
    desk, run = desk_with_a_reminder_due()
    desk.mailer.after = die
    with pytest.raises(Died):
        desk.page()

    desk.later(LEASE, HOUR, HOPE, 8 * HOUR, 1 * DAY)

    assert len(desk.mailer.sent) == 1
    assert ends(desk, run) == [(ABANDONED, "unknown_send")]


def test_6_a_send_that_is_unknown_counts_against_the_cap() -> None:
    desk, _ = desk_with_a_reminder_due()
    other = desk.waiting("win_back", "miss_you", due_at=START + HOUR)
    desk.mailer.errors = [SendUnknown("ReadTimeoutError")]

    desk.later(0 * HOUR, HOUR)

    assert desk.mailer.sent == []
    assert [(k, r) for k, _, r in outcomes_of(desk.run(other), Kind.DEFERRED)] == [(Kind.DEFERRED, "frequency_cap")]


def test_6_whatever_breaks_after_the_claim_counts_against_the_cap() -> None:
    desk, _ = desk_with_a_reminder_due()
    desk.waiting("win_back", "miss_you")
    desk.mailer.errors = [KeyError("MessageId")]

    desk.page()

    assert desk.mailer.sent == []
    assert desk.mailer.calls == 1


@pytest.mark.parametrize("times", [1, 2])
def test_6_a_journey_that_says_so_sends_once_more_and_not_again(times: int) -> None:
    desk, run = desk_with_a_reminder_due()
    journey = desk.journeys["abandoned_cart", 1]
    desk.journeys["abandoned_cart", 1] = replace(journey, unknown=Unknown.RESEND)
    desk.policy = replace(desk.policy, caps=())
    desk.mailer.errors = [SendUnknown("ReadTimeoutError")] * times

    desk.later(0 * HOUR, LEASE, HOPE, HOPE + LEASE, 2 * HOPE, 3 * HOPE)

    assert desk.mailer.calls == 2
    assert ends(desk, run) == ([(SENT, None)] if times == 1 else [(ABANDONED, "unknown_send")])


@pytest.mark.parametrize("times", [1, 7])
def test_8_while_ses_throttles_it_waits_longer_each_time_and_sends_once(times: int) -> None:
    desk, run = desk_with_a_reminder_due()
    desk.mailer.errors = [SendThrottled("TooManyRequestsException") for _ in range(times)]
    waits = []

    for _ in range(times):
        desk.page()
        due = desk.run(run).due_at
        assert due is not None
        waits.append(due - desk.now)
        desk.now = due
    desk.page()

    assert waits == sorted(waits)
    assert waits[0] > 0 * MINUTE
    assert desk.mailer.calls == times + 1
    assert ends(desk, run) == [(SENT, None)]


def test_8_throttling_is_no_failure_and_does_not_use_up_the_attempts() -> None:
    desk, run = desk_with_a_reminder_due()
    throttled = [SendThrottled("TooManyRequestsException") for _ in range(6)]
    desk.mailer.errors = [*throttled, SendRejected("MessageRejected")]

    desk.later(*(number * HOUR for number in range(9)))

    assert ends(desk, run) == [(SENT, None)]


def test_8_what_ses_refuses_for_good_has_failed_after_five_attempts_and_blocks_nobody() -> None:
    desk, run = desk_with_a_reminder_due()
    desk.known("bob", a_cart("order-1", START - 2 * DAY))
    other = desk.waiting(customer="bob", due_at=START + 6 * HOUR)
    desk.mailer.errors = [SendRejected("MessageRejected") for _ in range(5)]

    desk.later(*(number * HOUR for number in range(9)))

    assert ends(desk, run) == [(FAILED, "MessageRejected")]
    assert desk.mailer.calls == 6
    assert ends(desk, other) == [(SENT, None)]


def test_a_coupon_is_good_for_as_long_as_the_mail_says_even_if_the_mail_goes_later() -> None:
    desk = Desk()
    desk.known("ann", a_cart("order-1", START - 2 * DAY))
    desk.waiting(step="offer", message_at=START - 2 * DAY, first_allowed_at=START - 2 * DAY)
    desk.mailer.errors = [SendThrottled("TooManyRequestsException") for _ in range(8)]

    desk.later(*(number * HOUR for number in range(10)))

    (coupon,) = desk.facts.coupons.values()
    (mail,) = desk.mailer.sent
    assert coupon.expires_at == START + 14 * DAY + HOUR * (24 - START.hour)
    assert "until Mon, Mar 16." in mail.text


def test_when_dynamodb_throttles_after_the_claim_the_mail_still_goes_once() -> None:
    desk, run = desk_with_a_reminder_due()

    def throttled() -> None:
        raise Unavailable("ThrottlingException")

    desk.facts.before_read[1] = throttled
    with suppress(Unavailable):
        desk.page()
    desk.later(LEASE, HOUR, HOPE, 8 * HOUR)

    assert len(desk.mailer.sent) == 1
    assert ends(desk, run) == [(SENT, None)]


def test_a_damaged_run_is_parked_and_never_blocks_its_page() -> None:
    desk, run = desk_with_a_reminder_due()
    lost = replace(run, journey_version=9, occurrence="lost")
    desk.runs.create(lost)

    desk.later(*(number * HOUR for number in range(9)))

    assert ends(desk, run) == [(SENT, None)]
    assert [kind for kind, _ in ends(desk, lost)] == [FAILED]


def test_a_customer_who_cannot_be_read_at_all_holds_up_no_other() -> None:
    desk, run = desk_with_a_reminder_due()
    desk.known("bob", a_cart("order-1", START - 2 * DAY))
    other = desk.waiting(customer="bob")
    read = desk.facts.of

    def damaged(customer: str, known: Facts | None = None) -> Facts:
        if customer == "bob":
            raise ValueError("stored Order: expected `int`")
        return read(customer)

    desk.facts.of = damaged  # type: ignore[method-assign]
    desk.later(*(number * HOUR for number in range(9)))

    assert ends(desk, run) == [(SENT, None)]
    assert [kind for kind, _ in ends(desk, other)] == [FAILED]


def test_an_unknown_send_whose_facts_cannot_be_read_for_a_while_is_not_sent_again() -> None:
    desk, _ = desk_with_a_reminder_due()
    desk.mailer.errors = [SendUnknown("ReadTimeoutError")]
    desk.page()
    read = desk.facts.of

    def damaged(customer: str, known: Facts | None = None) -> Facts:
        raise ValueError("stored Order: expected `int`")

    desk.facts.of = damaged  # type: ignore[method-assign]
    desk.later(LEASE)
    desk.facts.of = read  # type: ignore[method-assign]
    desk.later(LEASE + HOUR, HOPE, HOPE + LEASE, 2 * HOPE)

    assert desk.mailer.calls == 1
