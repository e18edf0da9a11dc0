"""A message is claimed for a lease and, once sent, recorded as sent."""

from dataclasses import replace
from datetime import timedelta

from chalicelib.domain.journeys.journey import Notify, Wait, days
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import Status
from chalicelib.domain.journeys.settlement import claimed, sent, sent_outcome
from tests.builders import START, a_situation, an_enrollment, outcomes_of
from tests.domain.settlement.given import FIRST, JOURNEY, LEASE, a_claim, is_consistent

# Claim


def test_a_claim_holds_for_the_lease_and_then_comes_back_by_itself() -> None:
    claim = a_claim()

    assert (claim.status, claim.claimed_at, claim.due_at) == (Status.SENDING, START, START + LEASE)


def test_the_goal_is_measured_from_the_first_claim_and_no_later_one() -> None:
    first = a_claim()
    second = a_claim(START + days(2), step="b", first_allowed_at=first.first_allowed_at)

    assert (first.first_allowed_at, second.first_allowed_at) == (START, START)


# Sent


def test_what_was_sent_is_recorded_and_the_next_wait_counts_from_the_claim() -> None:
    after = sent(JOURNEY, a_situation(a_claim(), now=START + timedelta(seconds=2)))

    assert outcomes_of(after) == [(Kind.SENT, "a", None)]
    assert after.outcomes[f"sent#{a_claim().send_id}"].at == START
    assert (after.step, after.status, after.due_at) == ("w", Status.WAITING, START + days(2))
    assert (after.message_at, after.claimed_at) == (START, None)


def test_dispatch_and_the_mail_service_report_a_send_under_one_id() -> None:
    claim = a_claim()
    reported = claim.with_outcome(sent_outcome(claim.send_id, "a", START + timedelta(seconds=1)))

    after = sent(JOURNEY, a_situation(reported))

    assert outcomes_of(after) == [(Kind.SENT, "a", None)]


def test_a_notice_to_the_team_is_no_message_to_the_customer() -> None:
    claim = claimed(an_enrollment(JOURNEY, step="n"), START, LEASE, to_customer=False)

    after = sent(JOURNEY, a_situation(claim))

    assert (claim.first_allowed_at, after.first_allowed_at, after.message_at) == (None, None, None)


def test_a_notice_that_was_sent_is_recorded_and_ends_the_run() -> None:
    after = sent(JOURNEY, a_situation(a_claim(step="n")))

    assert outcomes_of(after) == [(Kind.SENT, "n", None), (Kind.EXITED, None, "completed")]
    assert is_consistent(after)


def test_after_a_notice_that_was_sent_the_facts_are_looked_at_again_at_once() -> None:
    journey = replace(JOURNEY, steps=(Notify("n", "n"), Wait("w", days(2)), FIRST))
    now = START + timedelta(seconds=2)

    after = sent(journey, a_situation(a_claim(step="n"), now=now))

    assert (after.step, after.status, after.due_at) == ("w", Status.WAITING, now)
    assert after.outcomes[f"sent#{a_claim(step='n').send_id}"].at == START
