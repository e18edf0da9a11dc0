"""Advertising needs a yes, service only the absence of a no; the later word holds."""

from dataclasses import replace
from datetime import datetime

import pytest

from chalicelib.domain.facts.consent import Consent, Purpose, Unsubscription
from chalicelib.domain.journeys.eligibility import Allowed, Suppressed, Verdict
from chalicelib.domain.journeys.journey import MARKETING, SERVICE
from tests.builders import START, a_customer, facts
from tests.domain.eligibility.given import MILLISECOND, judged


@pytest.mark.parametrize(
    ("purpose", "consent", "verdict"),
    [
        (MARKETING, True, Allowed()),
        (MARKETING, False, Suppressed("no_consent")),
        (MARKETING, None, Suppressed("no_consent")),
        (SERVICE, True, Allowed()),
        (SERVICE, False, Allowed()),  # that was a no to advertising
        (SERVICE, None, Allowed()),
    ],
)
def test_advertising_needs_a_yes_and_service_only_the_absence_of_a_no(
    purpose: Purpose, consent: bool | None, verdict: Verdict
) -> None:
    assert judged(facts(a_customer(consent=consent)), purpose=purpose) == verdict


def test_a_no_to_service_is_a_no() -> None:
    refused = a_customer(consents={SERVICE: Consent(False, START)})

    assert judged(facts(refused), purpose=SERVICE) == Suppressed("no_consent")


@pytest.mark.parametrize(
    ("agreed", "refused", "verdict"),
    [
        (START, START + MILLISECOND, Suppressed("unsubscribed")),
        (START, START, Suppressed("unsubscribed")),  # in doubt, no
        (START, START - MILLISECOND, Allowed()),  # a new yes after the no
    ],
)
def test_of_a_yes_and_an_unsubscribe_the_later_holds(agreed: datetime, refused: datetime, verdict: Verdict) -> None:
    said_yes = a_customer(consents={MARKETING: Consent(True, agreed)})

    assert judged(facts(said_yes, Unsubscription(MARKETING, refused))) == verdict


def test_an_unsubscribe_from_advertising_leaves_service_alone_and_the_other_way_round() -> None:
    no_ads, no_service = (Unsubscription(purpose, START) for purpose in (MARKETING, SERVICE))

    assert judged(facts(no_ads), purpose=SERVICE) == Allowed()
    assert judged(facts(no_service), purpose=MARKETING) == Allowed()
    assert judged(facts(no_service), purpose=SERVICE) == Suppressed("unsubscribed")


def test_a_refusal_of_another_who_reads_there_says_how_it_was_said() -> None:
    refused = Consent(given=False, at=START)
    by_account = facts(a_customer("bob", consents={Purpose.MARKETING: refused}))
    by_mail = facts(a_customer("bob"), Unsubscription(Purpose.MARKETING, START))

    assert judged(replace(facts(), at_address=(by_account,))) == Suppressed("no_consent")
    assert judged(replace(facts(), at_address=(by_mail,))) == Suppressed("unsubscribed")
    assert judged(replace(facts(), at_address=(facts(a_customer("bob")),))) == Allowed()
