"""A consent to advertising names its channels; service does not ask for them."""

from chalicelib.domain.facts.consent import Consent
from chalicelib.domain.journeys.eligibility import Allowed, Suppressed
from chalicelib.domain.journeys.journey import MARKETING, SERVICE
from tests.builders import START, a_customer, facts
from tests.domain.eligibility.given import judged

BY_TEXT = Consent(True, START, channels=("sms",))


def test_a_yes_to_advertising_by_another_channel_is_no_yes_to_this_one() -> None:
    assert judged(facts(a_customer(consents={MARKETING: BY_TEXT}))) == Suppressed("no_consent")


def test_a_yes_to_service_by_another_channel_is_no_refusal() -> None:
    assert judged(facts(a_customer(consents={SERVICE: BY_TEXT})), purpose=SERVICE) == Allowed()
