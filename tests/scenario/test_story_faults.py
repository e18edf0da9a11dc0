"""Faults in stories: they happen below botocore, to the calls they name, and a function's source delivers again."""

from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.services.send import SendMessage
from infra.interleaving.journal import Journal
from infra.invariants import broken
from infra.scenario.files import read
from infra.scenario.player import opened
from tests.scenario.given import KNOWN, cart, played, run_command, written

pytestmark = pytest.mark.journeys("abandoned_cart")
LEFT = KNOWN + cart("ann") + cart("bob")
HOLD = "  - wait: 4d\n  - expect: {invariants: hold}\n"
CLAIM_THEN_CRASH = "  - fault: {call: dynamodb.UpdateItem, function: dispatch, do: crash_after}\n"
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


@pytest.mark.parametrize("who", ["old", "new"])
def test_a_fault_of_a_merged_customer_happens_to_calls_with_any_of_their_keys(tmp_path: Path, who: str) -> None:
    old = "  - fact: {type: customer, id: old, at: now, email: old@example.com, email_verified: true}\n  - wait: 1m\n"
    new = "  - fact: {type: customer, id: new, at: now, email: new@example.com, email_verified: true}\n" + cart("new")
    lag = "  - lag: {stream: commerce, for: 1h}\n"
    merged = lag + "  - fact: {type: customer, id: new, at: now, email: old@example.com, email_verified: true}\n"
    removal = f"{{call: dynamodb.DeleteItem, customer: {who}, function: enroll, refuse: ThrottlingException}}"

    assert played(tmp_path, f"{old}{new}{merged}  - fault: {removal}\n  - wait: 2h\n").problem == []


def test_a_fault_that_never_happens_fails_the_story_unless_it_is_optional(tmp_path: Path) -> None:
    never = "  - fault: {call: sesv2.SendEmail, nth: 3, do: lose_answer}\n  - wait: 1h\n"
    optional = never.replace("do:", "optional: true, do:")

    assert played(tmp_path, never).problem == ["the fault of line 6 never happened: 0 calls were as it says"]
    assert played(tmp_path, optional).problem == []


@pytest.mark.parametrize("call", ["dynamodb.UpdateItem", "sesv2.SendEmail"])
@pytest.mark.parametrize("mishap", ["lose_answer", "lose_request", "crash_before", "crash_after"])
def test_the_invariants_hold_whatever_happens_to_a_claim_or_a_send(tmp_path: Path, call: str, mishap: str) -> None:
    fault = f"  - fault: {{call: {call}, function: dispatch, do: {mishap}}}\n"

    assert played(tmp_path, LEFT + fault + HOLD).problem == []


def test_a_write_that_is_repeated_until_it_is_refused_counts_as_done_once(tmp_path: Path) -> None:
    lost = "  - fault: {call: dynamodb.PutItem, function: enroll, nth: %d, do: lose_answer}\n"
    both = "".join(lost % number for number in (2, 3))  # the first one stores the number of lanes
    (story,) = read(written(tmp_path, KNOWN + both + cart("ann") + HOLD))

    with opened(story, run_command) as player:
        assert player.play().problem == []
        calls = [call for call in player.seen().journal.calls if call.operation == "PutItem"]
    begun = [call for call in calls if call.writes[0].sk.startswith("ENROLLMENT#")]

    assert [(call.mishap, call.error) for call in begun] == [
        ("lose_answer", None),
        ("lose_answer", "ConditionalCheckFailedException"),
        (None, "ConditionalCheckFailedException"),
    ]


@pytest.mark.parametrize(
    ("mishap", "is_breach"), [("lose_answer", True), ("crash_after", True), ("crash_before", False)]
)
def test_a_breach_beside_a_fault_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mishap: str, is_breach: bool
) -> None:
    monkeypatch.setattr(SendMessage, "_changed", lambda *_: None)
    monkeypatch.setattr("infra.scenario.interleaving.REPEATS", 1)
    fault = f"  - fault: {{call: dynamodb.write, function: api, do: {mishap}}}\n"
    unsubscribed = "unsubscribe: {mail: {to: ann@example.com}}"
    works = f"      steps: [{{run: dispatch}}, {{{unsubscribed}}}]\n      turns: [{{of: 1, calls: 3}}, {{of: 2}}]\n"
    offer = f"  - wait: 44h\n  - lag: {{queue: due, for: 10h}}\n  - wait: 5h\n{fault}  - interleave:\n{works}"

    problem = played(tmp_path, f"{KNOWN}{cart('ann')}  - wait: 25h\n{offer}{HOLD}").problem

    assert any("after the unsubscription was stored" in line for line in problem) is is_breach


def test_a_mail_that_is_given_up_and_met_no_mishap_is_found(tmp_path: Path) -> None:
    (story,) = read(written(tmp_path, LEFT + CLAIM_THEN_CRASH + HOLD))

    with opened(story, run_command) as player:
        assert player.play().problem == []
        seen, journal = player.seen(), Journal()
        journal.calls = [replace(call, mishap=None) for call in seen.journal.calls]
        (problem,) = broken(replace(seen, journal=journal))

    assert problem.startswith("none given up untried: ")


def test_what_a_batch_leaves_undone_does_not_count_as_done(tmp_path: Path) -> None:
    fault = "  - fault: {call: dynamodb.BatchWriteItem, customer: ann, refuse: ThrottlingException, function: enroll}\n"
    customer = "{customer: {id: 1, email: ann@example.com}, shop_domain: example.myshopify.com, orders_to_redact: []}"
    erased = f"  - webhook: {{source: shopify, topic: customers/redact, body: {customer}}}\n"
    (story,) = read(written(tmp_path, f"{LEFT}{fault}{erased}{HOLD}"))

    with opened(story, run_command) as player:
        assert player.play().problem == []
        batches = [call for call in player.seen().journal.calls if call.operation == "BatchWriteItem"]
    refused, repeated = ({(write.pk, write.sk) for write in call.writes} for call in batches[:2])

    assert len(repeated) > 0
    assert refused & repeated == set()
