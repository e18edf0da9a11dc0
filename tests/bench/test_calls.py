"""How often AWS is called for a mailed cart: the aim is held here, not only measured."""

from collections import Counter

import pytest

from infra.bench import calls
from infra.bench.meter import Call
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
MAILS = 2 * calls.PAGE


@pytest.fixture(scope="module")
def counted() -> calls.Counted:
    """Two full batches."""
    return calls.run(MAILS)


@pytest.fixture(scope="module")
def by_purpose(counted: calls.Counted) -> Counter[str]:
    """How many calls were made for what."""
    return Counter(calls.purposes(counted.calls))


def test_everybody_gets_one_mail(counted: calls.Counted) -> None:
    assert counted.mails == MAILS


def test_a_mailed_cart_takes_no_more_calls_than_aimed_at(counted: calls.Counted, by_purpose: Counter[str]) -> None:
    until_settled = [number for purpose, number in by_purpose.items() if calls.PURPOSES[purpose] == calls.BEFORE]
    afterwards = [number for purpose, number in by_purpose.items() if calls.PURPOSES[purpose] == calls.AFTER]

    assert sum(until_settled) / MAILS <= calls.AIM
    assert sum(afterwards) / MAILS <= 2.5
    assert sum(until_settled) + sum(afterwards) == len(counted.calls)


def test_every_call_has_a_purpose_of_its_own(by_purpose: Counter[str]) -> None:
    assert set(by_purpose) <= set(calls.PURPOSES)


@pytest.mark.parametrize(
    "purpose", ["arm", "claim", "read the customer's facts", "enter the mail in the contact history", "send", "settle"]
)
def test_these_are_done_once_for_each_mail(by_purpose: Counter[str], purpose: str) -> None:
    assert by_purpose[purpose] == MAILS


def test_what_is_done_for_a_whole_batch_costs_a_mail_little(by_purpose: Counter[str]) -> None:
    for_batches = [purpose for purpose in by_purpose if "batch" in purpose or purpose == "find due enrollments"]

    assert len(for_batches) >= 4
    assert sum(by_purpose[purpose] for purpose in for_batches) / MAILS <= 0.25


def test_arming_is_one_unit_to_the_table_and_one_to_the_index(counted: calls.Counted) -> None:
    armed = [call for call in counted.calls if (call.function, call.operation) == ("enroll", "PutItem")]

    assert {(call.writes, call.index_writes, call.reads) for call in armed} == {(1, 1, 0)}


def test_each_event_of_ses_is_one_unit_because_a_delivered_run_is_within_a_kilobyte(counted: calls.Counted) -> None:
    recorded = [call for call in counted.calls if (call.function, call.operation) == ("feedback", "UpdateItem")]

    assert {(call.writes, call.index_writes) for call in recorded} == {(1, 0)}


def test_a_call_nobody_knows_is_named_and_counted() -> None:
    unknown = Call("dispatch", 1, "dynamodb", "Scan", {}, {})

    assert calls.purposes([unknown]) == ["dispatch: dynamodb Scan"]


def test_the_section_shows_the_sums() -> None:
    purposes = [
        {"purpose": "arm", "part": calls.BEFORE, "per_mail": 1.0},
        {"purpose": "record SES events", "part": calls.AFTER, "per_mail": 2.0},
    ]

    section = calls.markdown({"mails": 100, "page": 50, "purposes": purposes, "to_settled": 1.0, "afterwards": 2.0})

    assert "**1.00 calls" in section
    assert "| record SES events | after the mail | 2.00 |" in section
