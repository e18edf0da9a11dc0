"""``Facts.refused_at_address``: which refusals of others who bear the address stop a mail to this customer."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.domain.facts.consent import UNSUBSCRIBE, Consent, Purpose, Unsubscription
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.facts import Facts, facts_of
from chalicelib.domain.time import NEVER
from tests.builders import START

HOUR = timedelta(hours=1)
MAIL, ELSEWHERE = "ann@example.com", "elsewhere@example.com"
MARKETING, SERVICE = Purpose.MARKETING, Purpose.SERVICE
NO, YES = Consent(False, START), Consent(True, START)


def somebody(email: str | None = None, claimed: str | None = None, consent: Consent | None = None) -> Customer:
    """A customer with a proved or a claimed address."""
    since = {"email": NEVER, "claimed_email": NEVER} if not (email or claimed) else {}
    consents = {MARKETING: consent} if consent else {}
    return Customer("them", START, email=email, claimed_email=claimed, consents=consents, since=since)


def refusals(other: Customer, *more: Unsubscription, own: Customer | None = None) -> list[tuple[datetime, str]]:
    """The time and source of each refusal that counts for Ann, who is written to at an address that she claims."""
    ann = facts_of(own or somebody(claimed=MAIL, consent=YES), ())
    beside = facts_of(other, more)
    return [(each.at, each.source) for each in replace(ann, at_address=(beside,)).refused_at_address(MARKETING)]


def through_a_mail(at: datetime = START, purpose: Purpose = MARKETING) -> Unsubscription:
    return Unsubscription(purpose, at)


def test_what_is_refused_by_who_reads_there_counts() -> None:
    assert refusals(somebody(MAIL, consent=NO)) == [(START, "shop")]
    assert refusals(somebody(claimed=MAIL.upper(), consent=NO)) == [(START, "shop")]
    assert refusals(somebody(MAIL), through_a_mail()) == [(START, UNSUBSCRIBE)]


def test_of_who_refused_nothing_or_agreed_again_or_refused_something_else_nothing_counts() -> None:
    assert refusals(somebody(MAIL)) == []
    assert refusals(somebody(MAIL, consent=YES)) == []
    assert refusals(somebody(MAIL, consent=Consent(True, START + HOUR)), through_a_mail()) == []
    assert refusals(somebody(MAIL), through_a_mail(purpose=SERVICE)) == []


def test_of_who_is_written_to_elsewhere_by_now_nothing_counts() -> None:
    assert refusals(somebody(ELSEWHERE, consent=NO)) == []
    assert refusals(somebody(ELSEWHERE), through_a_mail()) == []


def test_of_a_deleted_account_only_what_was_refused_through_a_mail_counts_whatever_was_withdrawn_later() -> None:
    deleted = Customer("them", START + HOUR, since={"claimed_email": NEVER})
    withdrawn = replace(deleted, consents={MARKETING: Consent(False, START + HOUR)})

    assert refusals(withdrawn) == []
    assert refusals(deleted, through_a_mail()) == [(START, UNSUBSCRIBE)]
    assert refusals(withdrawn, through_a_mail()) == [(START, UNSUBSCRIBE)]


def test_of_who_never_told_an_address_every_refusal_counts() -> None:
    assert refusals(somebody(consent=NO)) == [(START, "shop")]
    assert refusals(somebody(consent=Consent(False, START + HOUR)), through_a_mail()) == [
        (START + HOUR, "shop"),
        (START, UNSUBSCRIBE),
    ]


def test_a_refusal_through_a_mail_that_is_the_latest_counts_once() -> None:
    assert refusals(somebody(MAIL, consent=NO), through_a_mail(START + HOUR)) == [(START + HOUR, UNSUBSCRIBE)]


@pytest.mark.parametrize(
    ("own", "is_refused"),
    [
        (somebody(MAIL, consent=Consent(True, START + HOUR)), False),
        (somebody(MAIL, consent=YES), True),
        (somebody(MAIL, consent=Consent(True, START + HOUR, undated=True)), True),
        (somebody(MAIL, consent=Consent(False, START + HOUR)), True),
        (somebody(MAIL), True),
        (somebody(claimed=MAIL, consent=Consent(True, START + HOUR)), True),
    ],
)
def test_who_has_the_address_and_agreed_later_is_stopped_by_nobody(own: Customer, is_refused: bool) -> None:
    assert bool(refusals(somebody(MAIL, consent=NO), own=own)) is is_refused


def test_nobody_at_the_address_refuses_nothing() -> None:
    assert list(Facts(somebody(MAIL)).refused_at_address(MARKETING)) == []
