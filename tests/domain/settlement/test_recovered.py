"""A claim whose lease is over: settled by the mail service's word, abandoned, or sent once more."""

from dataclasses import replace
from datetime import datetime

import pytest

from chalicelib.domain.journeys.engine import Sleep, advance
from chalicelib.domain.journeys.journey import Notify, Unknown, Wait, days, hours
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import Status
from chalicelib.domain.journeys.settlement import claimed, recovered, sent_outcome
from tests.builders import START, a_situation, outcomes_of
from tests.domain.settlement.given import FIRST, JOURNEY, LEASE, POLICY, a_claim, a_journey


def test_a_claim_whose_lease_is_over_waits_for_word_of_the_mail_service() -> None:
    after = recovered(JOURNEY, a_situation(a_claim(), now=START + LEASE))

    assert (after.status, after.step, after.due_at) == (Status.SENDING, "a", START + POLICY.unknown_after)
    assert outcomes_of(after) == []


@pytest.mark.parametrize("now", [START + LEASE, START + days(4)])
def test_the_mail_services_word_settles_it_as_sent_when_it_was(now: datetime) -> None:
    claim = a_claim()
    reported = claim.with_outcome(sent_outcome(claim.send_id, "a", START))

    after = recovered(JOURNEY, a_situation(reported, now=now))

    assert outcomes_of(after) == [(Kind.SENT, "a", None)]
    assert after.due_at == max(now, START + days(2))
    assert after.message_at == START


def test_without_a_word_it_is_abandoned_and_never_sent_again() -> None:
    after = recovered(JOURNEY, a_situation(a_claim(), now=START + POLICY.unknown_after))

    assert outcomes_of(after) == [(Kind.ABANDONED, "a", "unknown_send")]
    assert (after.step, after.due_at) == ("w", START + days(2))


@pytest.mark.parametrize(("step", "to_team"), [("a", False), ("n", True)])
def test_what_is_abandoned_says_whether_it_was_for_the_customer_or_the_team(step: str, to_team: bool) -> None:
    after = recovered(JOURNEY, a_situation(a_claim(step=step), now=START + POLICY.unknown_after))

    assert [each.to_team for each in after.outcomes.values() if each.kind is Kind.ABANDONED] == [to_team]


def test_a_journey_that_says_so_sends_once_more_under_another_id() -> None:
    journey = a_journey(Unknown.RESEND)
    claim, later = a_claim(), START + POLICY.unknown_after

    again = recovered(journey, a_situation(claim, now=later))
    lost_too = recovered(journey, a_situation(claimed(again, later, LEASE), now=later + POLICY.unknown_after))

    assert (again.status, again.step, again.due_at) == (Status.WAITING, "a", later)
    assert again.send_id != claim.send_id
    assert outcomes_of(lost_too) == [(Kind.ABANDONED, "a", "unknown_send")]


def test_word_of_the_first_try_settles_the_second_that_still_waits() -> None:
    """Deferred to the morning, say: by then the mail service has reported that the first one went."""
    journey = a_journey(Unknown.RESEND)
    claim, later = a_claim(), START + POLICY.unknown_after
    waiting = recovered(journey, a_situation(claim, now=later))

    reported = waiting.with_outcome(sent_outcome(claim.send_id, "a", START))
    _, decision = advance(journey, a_situation(reported, now=later + hours(9)))

    assert decision == Sleep(START + days(2))


def test_after_a_notice_that_was_given_up_the_facts_are_looked_at_again_at_once() -> None:
    journey = replace(JOURNEY, steps=(Notify("n", "n"), Wait("w", days(20)), FIRST))
    now = START + POLICY.unknown_after

    after = recovered(journey, a_situation(a_claim(step="n"), now=now))

    assert outcomes_of(after) == [(Kind.ABANDONED, "n", "unknown_send")]
    assert (after.step, after.due_at) == ("w", now)
