"""Consent to mails: only a clear word counts, and the customer's own word before an order's box."""

from typing import Any

import pytest

from chalicelib.domain.facts.consent import Consent, Purpose
from tests.builders import utc
from tests.naming import FOUR
from tests.webhooks.given import Hooks, payload, shopify
from tests.webhooks.shopify.given import MINA, MINAS_ID, a_customer, checkout, order, tell

pytestmark = pytest.mark.journeys(*FOUR)


@pytest.mark.parametrize("topic", ["customers/create", "customers/update"])
def test_a_customer_s_consent_has_its_own_time(hooks: Hooks, topic: str) -> None:
    hooks.until("2026-03-07 00:00")
    tell(hooks, topic, "customers_update")

    assert hooks.known(MINAS_ID).customer.consents == {
        Purpose.MARKETING: Consent(False, utc("2026-03-06 14:00"), "shopify")
    }


@pytest.mark.parametrize(
    ("state", "given"),
    [("subscribed", True), ("unsubscribed", False), ("redacted", False), ("not_subscribed", None), ("pending", None)],
)
def test_only_a_clear_word_is_a_consent(hooks: Hooks, state: str, given: bool | None) -> None:
    sent = {"state": state, "opt_in_level": None, "consent_updated_at": "2026-03-01T00:00:00Z"}
    tell(hooks, "customers/create", "customers_update", email_marketing_consent=sent)

    consent = hooks.known(MINAS_ID).customer.consents.get(Purpose.MARKETING)
    assert (consent.given if consent else None) is given


@pytest.mark.parametrize(
    ("accepts", "since", "given"),
    [(True, None, True), (False, "2026-03-01T00:00:00Z", False), (False, None, None), (None, None, None)],
)
def test_older_versions_tell_of_consent_too(
    hooks: Hooks, accepts: bool | None, since: str | None, given: bool | None
) -> None:
    older = {"accepts_marketing": accepts, "accepts_marketing_updated_at": since, "email_marketing_consent": None}
    tell(hooks, "customers/create", "customers_update", **older)

    consent = hooks.known(MINAS_ID).customer.consents.get(Purpose.MARKETING)
    assert (consent.given if consent else None) is given


def test_a_box_left_empty_takes_no_consent_back(hooks: Hooks) -> None:
    order(hooks, customer=None)
    order(hooks, id=2, buyer_accepts_marketing=False, customer=None, processed_at="2026-03-08T00:00:00Z")

    consent = hooks.known(MINA).customer.consents[Purpose.MARKETING]
    assert (consent.given, consent.at) == (True, utc("2026-03-02 08:30"))


def test_a_box_ticked_in_a_checkout_that_nobody_submitted_is_no_consent(hooks: Hooks) -> None:
    checkout(hooks, customer=None, buyer_accepts_marketing=True)
    checkout(hooks, customer=None, buyer_accepts_marketing=False, updated_at="2026-03-02T03:30:00-05:00")

    assert hooks.known(MINA).customer.consents == {}


@pytest.mark.parametrize(
    ("own", "given"),
    [
        ({"email_marketing_consent": {"state": "unsubscribed", "consent_updated_at": "2026-02-01T00:00:00Z"}}, False),
        ({"email_marketing_consent": {"state": "unsubscribed", "consent_updated_at": None}}, False),
        ({"email_marketing_consent": {"state": "subscribed", "consent_updated_at": "2026-02-01T00:00:00Z"}}, True),
        ({"email_marketing_consent": {"state": "pending", "consent_updated_at": "2026-03-02T08:30:00Z"}}, None),
        ({"email_marketing_consent": {"state": "not_subscribed", "consent_updated_at": None}}, True),
        ({"email_marketing_consent": None}, True),
        (
            {
                "email_marketing_consent": None,
                "accepts_marketing": False,
                "accepts_marketing_updated_at": "2026-02-01T00:00:00Z",
            },
            False,
        ),
    ],
)
def test_what_the_customer_s_own_data_say_of_mails_holds_and_not_the_order_s_box(
    hooks: Hooks, own: dict[str, Any], given: bool | None
) -> None:
    order(hooks, buyer_accepts_marketing=True, customer=a_customer(**own))

    consent = hooks.known(MINA).customer.consents.get(Purpose.MARKETING)
    assert (consent.given if consent else None) is given


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_changed_consent_has_a_topic_of_its_own(hooks: Hooks, wrapped: bool) -> None:
    hooks.until("2026-03-07 00:00")
    order(hooks)
    body = payload("shopify", "customers_email_marketing_consent_update")

    topic = "customers_email_marketing_consent/update"
    assert hooks.take(shopify(topic, {"customer": body} if wrapped else body)).status == 200

    assert hooks.known(MINA).customer.consents[Purpose.MARKETING] == Consent(False, utc("2026-03-03 17:00"), "shopify")


def test_a_consent_without_a_time_has_the_event_s_own(hooks: Hooks) -> None:
    body = payload("shopify", "customers_email_marketing_consent_update")
    body["email_marketing_consent"]["consent_updated_at"] = None
    order(hooks)
    hooks.take(shopify("customers_email_marketing_consent/update", body))

    consent = hooks.known(MINA).customer.consents[Purpose.MARKETING]
    assert (consent.given, consent.at) == (False, utc("2026-03-02 08:40:00.877"))


def test_a_consent_to_text_messages_is_none_to_mails(hooks: Hooks) -> None:
    tell(hooks, "customers/update", "customers_update")
    tell(hooks, "customers_marketing_consent/update", "customers_marketing_consent_update")

    assert hooks.known(MINAS_ID).customer.consents[Purpose.MARKETING].given is False


def consent(state: str, at: str | None) -> dict[str, Any]:
    return {"email_marketing_consent": {"state": state, "opt_in_level": None, "consent_updated_at": at}}


@pytest.mark.parametrize("first", ["refusal", "consent"])
@pytest.mark.parametrize(
    "undated",
    [
        consent("subscribed", None),
        {"accepts_marketing": True, "accepts_marketing_updated_at": None, "email_marketing_consent": None},
    ],
)
def test_a_consent_without_a_time_undoes_no_refusal_whichever_comes_first(
    hooks: Hooks, undated: dict[str, Any], first: str
) -> None:
    hooks.until("2026-03-10 00:00")
    told = [consent("unsubscribed", "2026-03-01T00:00:00Z"), undated | {"updated_at": "2026-03-09T00:00:00Z"}]
    for each in told if first == "refusal" else reversed(told):
        tell(hooks, "customers/update", "customers_update", **each)

    assert hooks.known(MINAS_ID).customer.consents[Purpose.MARKETING].given is False
    tell(hooks, "customers/update", "customers_update", **consent("subscribed", "2026-03-08T00:00:00Z"))
    assert hooks.known(MINAS_ID).customer.consents[Purpose.MARKETING].given is True


def test_a_consent_without_a_time_undoes_no_refusal_in_its_own_topic_either(hooks: Hooks) -> None:
    tell(hooks, "customers/update", "customers_update", **consent("unsubscribed", "2026-03-01T00:00:00Z"))
    body = payload("shopify", "customers_email_marketing_consent_update", customer_id=int(MINAS_ID))
    body["email_marketing_consent"] |= {"state": "subscribed", "consent_updated_at": None}

    assert hooks.take(shopify("customers_email_marketing_consent/update", body)).status == 200

    assert hooks.known(MINAS_ID).customer.consents[Purpose.MARKETING].given is False


def test_a_consent_without_a_time_allows_mails_to_one_who_never_refused(hooks: Hooks) -> None:
    hooks.until("2026-03-07 00:00")
    tell(hooks, "customers/update", "customers_update", **consent("subscribed", None))

    assert hooks.known(MINAS_ID).consent(Purpose.MARKETING) == Consent(
        True, hooks.known(MINAS_ID).customer.at, "shopify", undated=True
    )
