"""A customer's contact history: what it keeps, and that it stays small."""

from datetime import timedelta

import pytest

import workflows
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.journeys.contact_history import MORE, RUNS_KEPT, remembered, trimmed
from chalicelib.domain.journeys.contacts import Contact, Contacts, FirstMessage
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.policy import Cap, Policy
from tests.builders import START, an_enrollment
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
CAPS = Policy(caps=(Cap(1, DAY), Cap(3, 7 * DAY)))


def test_ten_thousand_mails_and_runs_leave_only_what_caps_and_cool_downs_look_at() -> None:
    history = Contacts(
        tuple(Contact(f"s{n}", START - n * MINUTE, Purpose.MARKETING) for n in range(10_000)),
        tuple(FirstMessage("abandoned_cart", f"cart{n}", START - n * MINUTE) for n in range(10_000)),
    )

    kept = trimmed(history, workflows.versions(), CAPS, START)

    assert [contact.send_id for contact in kept.contacts] == [f"s{n}" for n in reversed(range(3 + MORE))]
    assert [run.occurrence for run in kept.runs] == ["cart2", "cart1", "cart0"]
    assert len(kept.runs) == RUNS_KEPT


def test_what_is_older_than_every_cap_and_cool_down_goes() -> None:
    history = Contacts(
        (Contact("s1", START - 31 * DAY, Purpose.MARKETING),),
        (FirstMessage("abandoned_cart", "c1", START - 7 * DAY), FirstMessage("nps_survey", "o1", START - 89 * DAY)),
    )

    kept = trimmed(history, workflows.versions(), CAPS, START)

    assert kept == Contacts((), (FirstMessage("nps_survey", "o1", START - 89 * DAY),))


def test_messages_of_a_month_are_kept_for_the_caps_of_tomorrow() -> None:
    history = Contacts(tuple(Contact(f"s{n}", START - 5 * n * DAY, Purpose.MARKETING) for n in range(9)))

    kept = trimmed(history, workflows.versions(), Policy(caps=(Cap(1, DAY),)), START)

    assert [contact.send_id for contact in kept.contacts] == ["s6", "s5", "s4", "s3", "s2", "s1", "s0"]


def test_without_caps_no_mail_is_kept() -> None:
    history = Contacts((Contact("s1", START, Purpose.MARKETING),))

    assert trimmed(history, workflows.versions(), Policy(caps=()), START) == Contacts()


def test_service_messages_and_journeys_without_a_cool_down_are_not_remembered() -> None:
    sent = Outcome("sent#1", Kind.SENT, START, step="survey")
    survey = an_enrollment(workflows.versions()["nps_survey", 1], first_allowed_at=START).with_outcome(sent)
    invited = an_enrollment(workflows.versions()["early_access", 1], first_allowed_at=START)

    found = remembered(Contacts(), [survey, invited], workflows.versions())

    assert found == Contacts((), (FirstMessage("nps_survey", survey.occurrence, START),))
