"""Of two consents the later counts, at one moment the refusal; and what a refusal through a mail tells."""

from datetime import timedelta

from chalicelib.domain.facts.consent import Consent, Purpose, Unsubscribed, Unsubscription, weight
from tests.builders import START

SECOND = timedelta(seconds=1)


def test_of_a_yes_and_a_no_of_one_moment_the_no_counts() -> None:
    yes, no = Consent(True, START, "a-shop"), Consent(False, START, "another-shop")

    assert max(yes, no, key=weight) == max(no, yes, key=weight) == no
    assert max(Consent(True, START, "z"), Consent(False, START, "a"), key=weight).given is False


def test_a_later_yes_counts_more_than_a_no() -> None:
    assert max(Consent(True, START + SECOND), Consent(False, START), key=weight).given is True


def test_a_consent_is_as_its_source_reports_it() -> None:
    assert Consent.reported(True, START, START + SECOND, "shopify") == Consent(True, START, "shopify")
    assert Consent.reported(True, None, START, "shopify") == Consent(True, START, "shopify", undated=True)
    assert Consent.reported(False, None, START, "shopify") == Consent(False, START, "shopify")


def test_a_refusal_through_a_mail_tells_that_the_customer_unsubscribed_from_that_purpose_then() -> None:
    (event,) = Unsubscription(Purpose.MARKETING, START).events()

    assert event == Unsubscribed(Purpose.MARKETING, START, Purpose.MARKETING)
