"""Profiles, consents and deletions, from the messages that Segment's spec documents."""

from typing import Any

import pytest

import app
from chalicelib.domain.channel import Channel
from chalicelib.domain.errors import InvalidSetting
from chalicelib.domain.facts.consent import Consent, Purpose
from tests.builders import utc
from tests.naming import FOUR
from tests.webhooks.given import Hooks, events, segment
from tests.webhooks.segment.given import AIKO, AIKOS_ID, ORDER, message, tell

pytestmark = pytest.mark.journeys(*FOUR)
ACCOUNT = {"type": "customer", "id": "account-1", "at": "2026-03-02T08:00:00Z", "email": AIKO}


@pytest.mark.settings(TRUSTED_ADDRESSES="segment")
def test_identify_tells_a_profile_with_its_consent(hooks: Hooks) -> None:
    tell(hooks, "identify")

    customer = hooks.known(AIKO).customer
    assert (customer.email, customer.name, customer.language) == (AIKO, "Aiko Mori", "ja")
    assert (customer.country, customer.zone) == ("JP", "Asia/Tokyo")
    assert customer.consents == {
        Purpose.MARKETING: Consent(True, utc("2026-03-02 08:00:00.300"), "segment", undated=True)
    }
    assert app.parts.names.find(AIKOS_ID) == app.parts.names.find(AIKO)


def test_what_anybody_could_have_said_gives_no_address_and_no_consent_and_a_refusal_counts(hooks: Hooks) -> None:
    tell(hooks, "identify", message("identify", userId="other", messageId="m-2",
                                    context={"consent": {"categoryPreferences": {"Marketing": False}}}))  # fmt: skip

    hooks.take(events({"facts": [ACCOUNT]}))

    aiko, other, account = hooks.known(AIKOS_ID), hooks.known("other"), hooks.known("account-1")
    assert (aiko.customer.address(Channel.EMAIL), aiko.customer.consents) == (None, {})
    assert other.customer.consents[Purpose.MARKETING].given is False
    assert {each.customer.key for each in account.at_address} == {aiko.customer.key, other.customer.key}
    assert aiko.at_address == other.at_address == ()  # no messages go to them


TRUSTED = pytest.mark.settings(TRUSTED_ADDRESSES="segment")


@TRUSTED
@pytest.mark.parametrize(
    ("preferences", "given"),
    [({"Email Marketing": False}, False), ({"email_marketing": True}, True),
     ({"Marketing": True, "EmailMarketing": False}, False), ({"Advertising": True, "Analytics": True}, None),
     ({}, None)],
)  # fmt: skip
def test_only_categories_about_mails_are_a_word_on_mails(
    hooks: Hooks, preferences: dict[str, bool], given: bool | None
) -> None:
    tell(hooks, message("identify", context={"consent": {"categoryPreferences": preferences}}))

    consent = hooks.known(AIKO).customer.consents.get(Purpose.MARKETING)
    assert (consent.given if consent else None) is given


@pytest.mark.parametrize(
    ("answer", "given"), [("false", False), ("No", False), (0, False), ("true", True), (1, True), (None, None)]
)
@TRUSTED
def test_an_answer_that_is_a_text_or_a_number_counts_too(hooks: Hooks, answer: object, given: bool | None) -> None:
    tell(hooks, message("identify", context={"consent": {"categoryPreferences": {"Marketing": answer}}}))

    consent = hooks.known(AIKO).customer.consents.get(Purpose.MARKETING)
    assert (consent.given if consent else None) is given


@pytest.mark.parametrize("answer", ["", "maybe", [], {}, 7])
def test_an_answer_that_is_none_is_rejected(hooks: Hooks, answer: object) -> None:
    told = segment(message("identify", context={"consent": {"categoryPreferences": {"Marketing": answer}}}))

    assert "rejected" in hooks.take(told).json()


def test_a_changed_preference_has_an_event_of_its_own(hooks: Hooks) -> None:
    changed = {
        "type": "track", "event": "Segment Consent Preference Updated", "userId": AIKOS_ID, "messageId": "m-1",
        "timestamp": "2026-03-03T00:00:00Z", "context": {"consent": {"categoryPreferences": {"Marketing": False}}},
    }  # fmt: skip
    hooks.until("2026-03-07 00:00")
    tell(hooks, "identify", changed)

    assert hooks.known(AIKO).customer.consents[Purpose.MARKETING] == Consent(False, utc("2026-03-03 00:00"), "segment")


@TRUSTED
def test_a_consent_that_a_browser_remembers_undoes_no_refusal_and_a_changed_preference_does(hooks: Hooks) -> None:
    def preference(given: bool, day: int) -> dict[str, Any]:
        return {
            "type": "track", "event": "Segment Consent Preference Updated", "userId": AIKOS_ID, "messageId": f"m-{day}",
            "timestamp": f"2026-03-0{day}T00:00:00Z",
            "context": {"consent": {"categoryPreferences": {"Marketing": given}}},
        }  # fmt: skip

    hooks.until("2026-03-07 00:00")
    tell(hooks, preference(False, 3), message("identify", messageId="m-4", timestamp="2026-03-04T00:00:00Z"))
    assert hooks.known(AIKO).customer.consents[Purpose.MARKETING].given is False

    tell(hooks, preference(True, 5))
    assert hooks.known(AIKO).customer.consents[Purpose.MARKETING].given is True


@TRUSTED
def test_what_identify_does_not_name_stays_as_it_is_known(hooks: Hooks) -> None:
    tell(hooks, "identify", message("identify", traits={"firstName": "Aiko", "lastName": "Sato"}, context=None,
                                    messageId="m-2", timestamp="2026-03-09T00:00:00Z"))  # fmt: skip

    customer = hooks.known(AIKO).customer
    assert (customer.name, customer.email, customer.country, customer.zone) == ("Aiko Sato", AIKO, "JP", "Asia/Tokyo")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "", 3])
def test_a_zone_that_is_none_is_left_out(hooks: Hooks, zone: Any) -> None:
    tell(hooks, message("identify", context={"timezone": zone}))

    assert hooks.known(AIKO).customer.zone is None


def test_a_guest_s_order_is_kept_and_stops_messages_to_the_address_in_the_context(hooks: Hooks) -> None:
    guest = {"traits": {"email": AIKO}}
    tell(hooks, message("order_completed", userId=None, anonymousId=None, context=guest))
    hooks.take(events({"facts": [ACCOUNT]}))

    (known,) = hooks.known("account-1").at_address
    assert (known.customer.address(Channel.EMAIL), set(known.orders)) == (None, {ORDER})


@TRUSTED
def test_a_guest_is_known_by_the_address_in_the_context(hooks: Hooks) -> None:
    guest = {"traits": {"email": "guest@example.com"}}
    tell(hooks, message("order_completed", userId=None, anonymousId=None, context=guest))

    known = hooks.known("guest@example.com")
    assert (known.customer.email, set(known.orders)) == ("guest@example.com", {ORDER})


def test_a_browser_alone_is_not_forgotten(hooks: Hooks) -> None:
    tell(hooks, "identify", "order_completed", message("delete", userId=None, anonymousId="507f191e810c19729de860ea"))

    assert app.parts.names.find(AIKO)


def test_a_request_for_deletion_is_an_erasure(hooks: Hooks) -> None:
    tell(hooks, "identify", "order_completed", "delete")

    assert app.parts.names.find(AIKO) is None
    assert app.parts.names.find(AIKOS_ID) is None


@pytest.mark.settings(TRUSTED_ADDRESSES="segment,shopfy")
def test_a_trusted_source_that_does_not_exist_is_an_error_that_names_those_that_do(hooks: Hooks) -> None:
    with pytest.raises(InvalidSetting, match=r"'shopfy' is not one of .*, shop, shopify, woocommerce$"):
        _ = app.parts.ingest
