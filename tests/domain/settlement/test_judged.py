"""What is withheld, suppressed or deferred is recorded, and the run goes on or waits."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.journeys.contacts import Contact, Contacts
from chalicelib.domain.journeys.eligibility import Deferred, Suppressed, Withheld, judge
from chalicelib.domain.journeys.journey import MARKETING, days, hours
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import Status
from chalicelib.domain.journeys.settlement import judged
from tests.builders import START, a_situation, an_enrollment, outcomes_of, utc
from tests.domain.settlement.given import FIRST, JOURNEY, a_claim, is_consistent


@pytest.mark.parametrize(
    ("verdict", "kind", "reason"),
    [(Withheld(), Kind.WITHHELD, None), (Suppressed("no_consent"), Kind.SUPPRESSED, "no_consent")],
)
def test_what_does_not_go_is_recorded_and_the_run_goes_on(verdict: Any, kind: Kind, reason: str | None) -> None:
    after = judged(JOURNEY, a_situation(an_enrollment(JOURNEY)), verdict)

    assert outcomes_of(after) == [(kind, "a", reason)]
    assert (after.step, after.due_at) == ("w", START + days(2))
    assert is_consistent(after)


def test_a_message_that_was_withheld_counts_as_its_moment_and_a_suppressed_one_does_not() -> None:
    withheld = judged(JOURNEY, a_situation(an_enrollment(JOURNEY)), Withheld())
    suppressed = judged(JOURNEY, a_situation(an_enrollment(JOURNEY)), Suppressed("no_consent"))

    assert (withheld.first_allowed_at, withheld.message_at) == (START, START)
    assert (suppressed.first_allowed_at, suppressed.message_at) == (None, None)


def test_what_is_deferred_stays_at_its_step_and_remembers_since_when() -> None:
    situation = a_situation(an_enrollment(JOURNEY))

    once = judged(JOURNEY, situation, Deferred(START + hours(3), "frequency_cap"))
    again = judged(
        JOURNEY, a_situation(replace(once, version=1), now=START + hours(3)), Deferred(START + hours(9), "quiet_hours")
    )

    assert (once.step, once.due_at, once.deferred_since) == ("a", START + hours(3), START)
    assert (again.step, again.due_at, again.deferred_since) == ("a", START + hours(9), START)
    assert outcomes_of(again) == [(Kind.DEFERRED, "a", "frequency_cap"), (Kind.DEFERRED, "a", "quiet_hours")]


def test_a_night_that_was_waited_out_is_no_part_of_waiting_for_a_turn() -> None:
    """Deferred at 21:00 for the night; at 08:00 the cap has room in 20 hours, within the limit of 24."""
    evening, morning = utc("2026-03-02 21:00"), utc("2026-03-03 08:00")
    contacts = Contacts((Contact("other", morning - hours(4), MARKETING),))
    night = a_situation(an_enrollment(JOURNEY), now=evening)

    waited = judged(JOURNEY, night, judge(JOURNEY, FIRST, night))
    verdict = judge(JOURNEY, FIRST, a_situation(waited, now=morning, contacts=contacts))

    assert waited.due_at == morning
    assert verdict == Deferred(morning + hours(20), "frequency_cap")


def test_the_next_step_has_a_deferring_limit_of_its_own() -> None:
    deferred = an_enrollment(JOURNEY, deferred_since=START - hours(20), attempts=3, tries=1)

    after = judged(JOURNEY, a_situation(deferred), Suppressed("frequency_cap"))

    assert (after.deferred_since, after.attempts, after.tries) == (None, 0, 0)


@pytest.mark.parametrize("verdict", [Suppressed("unsubscribed"), Deferred(START + hours(3), "frequency_cap")])
def test_a_claim_that_was_called_off_before_sending_leaves_no_trace_of_a_first_message(verdict: Any) -> None:
    """The goal's window and the cool-down count from a message that went or was withheld: this one did neither."""
    after = judged(JOURNEY, a_situation(a_claim()), verdict)

    assert (after.status, after.claimed_at) == (Status.WAITING, None)
    assert after.first_allowed_at is None


def test_a_notice_that_is_left_out_is_the_team_s() -> None:
    for to_team in (True, False):
        after = judged(JOURNEY, a_situation(an_enrollment(JOURNEY)), Suppressed("erased"), to_team=to_team)

        assert [each.to_team for each in after.outcomes.values() if each.kind is Kind.SUPPRESSED] == [to_team]
