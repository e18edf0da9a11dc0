"""Faults in stories: they happen below botocore, to the calls they name, and a function's source delivers again."""

from pathlib import Path

import pytest

from tests.scenario.given import KNOWN, cart, played

pytestmark = pytest.mark.journeys("abandoned_cart")
LEFT = KNOWN + cart("ann") + cart("bob")
BOTH = "  - expect: {mails: [{to: ann@example.com}, {to: bob@example.com}]}\n"


def test_a_refused_send_is_made_later(tmp_path: Path) -> None:
    refused = "  - fault: {call: sesv2.SendEmail, refuse: TooManyRequestsException, for: 24h5m}\n"
    result = played(tmp_path, f"{LEFT}{refused}  - wait: 24h\n  - expect: {{mails: []}}\n  - wait: 1h\n{BOTH}")

    assert result.problem == []


def test_a_lost_answer_means_that_the_call_was_carried_out(tmp_path: Path) -> None:
    lost = "  - fault: {call: sesv2.SendEmail, nth: 2, do: lose_answer}\n"
    result = played(tmp_path, f"{LEFT}{lost}  - wait: 25h\n{BOTH}")

    assert result.problem == []


def test_a_lost_request_means_that_it_was_not(tmp_path: Path) -> None:
    lost = "  - fault: {call: sesv2.SendEmail, customer: ann, do: lose_request}\n"
    result = played(tmp_path, f"{LEFT}{lost}  - wait: 36h\n  - expect: {{mails: [{{to: bob@example.com}}]}}\n")

    assert result.problem == []
    assert "abandoned abandoned_cart/reminder unknown_send" in result.outcomes["ann"]


@pytest.mark.parametrize("crash", ["crash_before", "crash_after"])
def test_a_function_that_crashes_gets_its_event_again(tmp_path: Path, crash: str) -> None:
    crashes = f"  - fault: {{call: dynamodb.PutItem, function: enroll, do: {crash}}}\n"
    result = played(tmp_path, f"{KNOWN}{crashes}{cart('ann')}{cart('bob')}  - wait: 25h\n{BOTH}")

    assert result.problem == []


def test_a_crash_of_the_api_is_answered_502(tmp_path: Path) -> None:
    crash = "  - fault: {call: dynamodb.PutItem, function: api, do: crash_before}\n"
    answered = "    answer: {status: 502}\n"
    enrolled = "  - expect: {outcomes: {ann: [enrolled]}}\n"
    result = played(tmp_path, f"{KNOWN}{crash}{cart('ann')}{answered}{cart('ann')}{enrolled}")

    assert result.problem == []


def test_botocores_repeats_are_counted(tmp_path: Path) -> None:
    refusals = "  - fault: {call: dynamodb.PutItem, function: api, refuse: ThrottlingException, nth: %d}\n"
    answers = "".join(refusals % number for number in (1, 2, 3, 4))
    result = played(tmp_path, f"{KNOWN}{answers}{cart('ann')}    answer: {{status: 503}}\n")

    assert result.problem == []


def test_in_a_batch_only_the_named_customers_item_is_refused(tmp_path: Path) -> None:
    throttled = (
        "  - fault: {call: dynamodb.BatchGetItem, customer: ann, refuse: ThrottlingException, function: dispatch}\n"
    )
    result = played(tmp_path, f"{LEFT}{throttled}  - wait: 25h\n{BOTH}")

    assert result.problem == []


def test_a_fault_that_never_happens_fails_the_story_unless_it_is_optional(tmp_path: Path) -> None:
    never = "  - fault: {call: sesv2.SendEmail, nth: 3, do: lose_answer}\n  - wait: 1h\n"
    optional = never.replace("do:", "optional: true, do:")

    assert played(tmp_path, never).problem == ["the fault of line 6 never happened: 0 calls were as it says"]
    assert played(tmp_path, optional).problem == []
