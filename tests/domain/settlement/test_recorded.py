"""What exactly a settlement records: under which name, at which time, about whom."""

from dataclasses import replace

import pytest

from chalicelib.domain.journeys.eligibility import Allowed, Deferred, Suppressed, Withheld
from chalicelib.domain.journeys.journey import Unknown, days, hours, minutes
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment, Status
from chalicelib.domain.journeys.settlement import (
    called_off,
    claimed,
    judged,
    parked,
    recovered,
    refused,
    revived,
    sent,
    sent_outcome,
)
from tests.builders import START, a_situation, an_enrollment
from tests.domain.settlement.given import JOURNEY, LEASE, POLICY, a_claim, a_journey

LATER = START + hours(5)


def failed(run: Enrollment) -> Enrollment:
    """The run, refused as often as it may be."""
    return refused(replace(run, attempts=POLICY.attempts - 1), LATER, POLICY, "no")


# Called off


def test_a_claim_that_is_called_off_takes_back_the_time_of_a_first_message_only_if_it_was_the_first() -> None:
    first, second = a_claim(), a_claim(START + days(2), step="b", first_allowed_at=START)

    assert called_off(first).first_allowed_at is None
    assert called_off(second).first_allowed_at == START


# Sent, withheld, suppressed, deferred


def test_a_send_is_recorded_under_its_id_with_whom_it_went_to() -> None:
    assert sent_outcome("x", "a", START) == Outcome("sent#x", Kind.SENT, START, step="a", to_team=False)
    assert sent_outcome("x", "n", START, to_team=True) == Outcome("sent#x", Kind.SENT, START, step="n", to_team=True)


@pytest.mark.parametrize(("step", "to_team"), [("a", False), ("n", True)])
def test_what_was_sent_says_whether_it_went_to_the_team(step: str, to_team: bool) -> None:
    claim = a_claim(step=step)

    (outcome,) = (each for each in sent(JOURNEY, a_situation(claim)).outcomes.values() if each.kind is Kind.SENT)

    assert outcome == Outcome(f"sent#{claim.send_id}", Kind.SENT, START, step=step, to_team=to_team)


def test_what_does_not_go_is_recorded_now_under_its_step_and_the_run_s_version() -> None:
    situation = a_situation(an_enrollment(JOURNEY, version=7), now=LATER)

    withheld = judged(JOURNEY, situation, Withheld())
    suppressed = judged(JOURNEY, situation, Suppressed("no_consent"))
    deferred = judged(JOURNEY, situation, Deferred(LATER + hours(1), "frequency_cap"))

    assert withheld.outcomes["withheld#a#7"] == Outcome("withheld#a#7", Kind.WITHHELD, LATER, step="a")
    assert suppressed.outcomes["suppressed#a#7"] == Outcome(
        "suppressed#a#7", Kind.SUPPRESSED, LATER, step="a", reason="no_consent"
    )
    assert deferred.outcomes["deferred#a#7"] == Outcome(
        "deferred#a#7", Kind.DEFERRED, LATER, step="a", reason="frequency_cap"
    )


def test_an_allowed_send_is_no_verdict_that_settles_anything() -> None:
    with pytest.raises(AssertionError, match=r"^an allowed send is claimed, not judged away$"):
        judged(JOURNEY, a_situation(an_enrollment(JOURNEY)), Allowed())


# Refused and put aside


def test_a_failure_is_recorded_when_it_happened() -> None:
    assert failed(a_claim()).outcomes["failed"] == Outcome("failed", Kind.FAILED, LATER, step="a", reason="no")


def test_the_delays_double_ten_times_at_most() -> None:
    patient = Policy(longest_back_off=days(365))

    assert refused(a_claim(throttled=10), START, patient, "throttled", for_now=True).due_at == START + minutes(1024)
    assert refused(a_claim(throttled=11), START, patient, "throttled", for_now=True).due_at == START + minutes(1024)


def test_what_is_put_aside_for_now_uses_up_no_attempt() -> None:
    aside = parked(a_claim(attempts=3, throttled=1), START, POLICY, "throttled", for_now=True)

    assert (aside.attempts, aside.throttled, aside.status) == (3, 2, Status.SENDING)


# Tried again


def test_a_failed_run_that_was_sent_after_all_is_claimed_as_of_when_it_was_sent() -> None:
    run = failed(a_claim())
    reported = run.with_outcome(sent_outcome(a_claim().send_id, "a", START + hours(1)))

    back = revived(reported, LATER)

    assert (back.status, back.claimed_at, back.due_at) == (Status.SENDING, START + hours(1), LATER)


def test_trying_again_is_recorded_as_a_deferral_now() -> None:
    back = revived(failed(a_claim()), LATER + hours(1))

    name = f"deferred#a#{back.version}"
    assert back.outcomes[name] == Outcome(name, Kind.DEFERRED, LATER + hours(1), step="a", reason="retried")


# Unknown


def test_a_message_that_is_given_up_is_recorded_now_and_counts_as_sent_when_it_was_claimed() -> None:
    claim, now = a_claim(), START + POLICY.unknown_after + hours(1)

    after = recovered(JOURNEY, a_situation(claim, now=now))

    name = f"abandoned#{claim.send_id}"
    assert after.outcomes[name] == Outcome(name, Kind.ABANDONED, now, step="a", reason="unknown_send", to_team=False)
    assert (after.message_at, after.ran_at) == (START, START)


def test_a_message_that_is_sent_once_more_is_claimed_by_nobody_yet() -> None:
    again = recovered(a_journey(Unknown.RESEND), a_situation(a_claim(), now=START + POLICY.unknown_after))

    assert (again.status, again.claimed_at, again.tries) == (Status.WAITING, None, 1)
    assert claimed(again, LATER, LEASE).claimed_at == LATER
