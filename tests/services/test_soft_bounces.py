"""Repeated soft bounces suppress an address; automatic replies do not. The order of the reports changes nothing."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from chalicelib.adapters.identity import Identity
from chalicelib.adapters.mail.reports import read_report
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.figures.counters import counts_of
from chalicelib.domain.journeys.engagement import Lifting
from chalicelib.domain.journeys.outcomes import Outcome
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.messages.attempts import Attempts
from chalicelib.domain.messages.tags import SendTags
from chalicelib.entry.reports import ReportQueue
from chalicelib.services.feedback import Feedback
from infra.machine.inbox import AcceptedMail
from infra.machine.ses_events import ses_event
from tests.builders import START, an_enrollment
from tests.fakes import SECRET, FakeEngagement

HASH = Identity(SECRET).address_hash
ANN = HASH("ann@example.com")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SOFT: dict[str, Any] = {"bounceType": "Transient", "bounceSubType": "MailboxFull"}
GENERAL: dict[str, Any] = {"bounceType": "Transient", "bounceSubType": "General"}
Told = tuple[int, str, dict[str, Any]]
"""The day on which the mail was sent, the event an hour later, and its details."""


def a_run(day: int) -> Enrollment:
    """The run of the mail of that day."""
    return replace(an_enrollment(occurrence=f"cart-{day}"), entered_at=START + day * DAY)


def event(day: int, kind: str, details: dict[str, Any], to: str = "ann@example.com") -> dict[str, Any]:
    run = a_run(day)
    tags = SendTags(run.send_id, run.customer, run.id, "message").as_mapping
    header = ", ".join(f"{name}={value}" for name, value in tags.items())
    sent_at: datetime = START + day * DAY
    mail = AcceptedMail(f"m{day}", sent_at, "shop@example.com", (to,), {"X-SES-MESSAGE-TAGS": header}, "")
    return ses_event(mail, kind, sent_at + HOUR, details)


def reported(told: Sequence[Told], store: FakeEngagement | None = None) -> FakeEngagement:
    """The store after these reports, one after the other."""
    store = store or FakeEngagement()
    for day in sorted({day for day, _, _ in told}):
        store.create(a_run(day))
    for each in told:
        take(store, event(*each))
    return store


def take(store: FakeEngagement, *events: dict[str, Any]) -> None:
    """These events come in one batch."""
    records = [{"messageId": str(place), "body": json.dumps(each)} for place, each in enumerate(events)]
    answer = ReportQueue(Feedback(store, store, store, HASH), read_report)({"Records": records})
    assert answer == {"batchItemFailures": []}


def reason(store: FakeEngagement) -> tuple[str, datetime] | None:
    return store.suppressions.get(ANN)


THREE: list[Told] = [(0, "bounce", SOFT), (2, "bounce", SOFT), (4, "bounce", SOFT)]


@pytest.mark.parametrize(
    ("told", "day"),
    [
        (THREE, 4),
        ([*THREE, THREE[2]], 4),
        (THREE[:2] * 2, None),
        ([*THREE, (3, "delivery", {})], None),
        ([*THREE, (5, "delivery", {})], 4),
        ([*THREE, (0, "delivery", {})], 4),
        ([(0, "bounce", GENERAL), (2, "bounce", GENERAL), (4, "bounce", {"bounceType": "Undetermined"})], 4),
        ([(0, "bounce", GENERAL), (2, "bounce", GENERAL), (4, "bounce", GENERAL), (2, "delivery", {})], None),
        ([(0, "bounce", SOFT), (2, "bounce", SOFT), (40, "bounce", SOFT)], None),
    ],
)
def test_three_soft_bounces_without_a_delivery_between_suppress_the_address(told: list[Told], day: int | None) -> None:
    expected = None if day is None else ("soft_bounces", START + day * DAY)

    assert {reason(reported(order)) for order in permutations(told)} == {expected}


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_reports_in_one_batch_are_judged_together(order: tuple[int, ...]) -> None:
    told, store = [*THREE, (3, "delivery", dict[str, Any]())], reported([])
    for day in range(5):
        store.create(a_run(day))

    take(store, *(event(*told[place]) for place in order))

    assert reason(store) is None


@pytest.mark.parametrize("subtype", ["MessageTooLarge", "ContentRejected", "AttachmentRejected"])
def test_a_bounce_because_of_the_message_says_nothing_about_the_mailbox(subtype: str) -> None:
    about = {"bounceType": "Transient", "bounceSubType": subtype}

    store = reported([(day, "bounce", about) for day in range(5)])

    assert reason(store) is None
    assert store.attempts == {}


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_a_permanent_bounce_or_a_complaint_is_not_taken_back_by_a_late_delivery(order: tuple[int, ...]) -> None:
    told = [*THREE, (4, "complaint", {})]

    store = reported([*(told[place] for place in order), (3, "delivery", {})])

    assert reason(store) == ("complaint", START + 4 * DAY + HOUR)


def test_after_a_lifting_only_later_mails_count() -> None:
    store = reported(THREE)
    lifted_at = START + 10 * DAY
    store.lift(ANN, Lifting(lifted_at, "the mailbox was emptied", "soft_bounces", START + 4 * DAY))

    reported([(3, "bounce", SOFT), (5, "bounce", {}), (11, "bounce", SOFT), (12, "bounce", SOFT)], store)
    assert reason(store) is None

    reported([(13, "bounce", SOFT)], store)
    assert reason(store) == ("soft_bounces", START + 13 * DAY)


def test_bounces_belong_to_the_address() -> None:
    store = FakeEngagement()
    for day, to in ((0, "ann@example.com"), (1, "ann@old.example"), (2, "Ann@Example.com"), (3, "ann@example.com")):
        store.create(a_run(day))
        take(store, event(day, "bounce", SOFT, to))

    assert store.suppressions == {ANN: ("soft_bounces", START + 3 * DAY)}


def test_nothing_is_stored_about_an_address_without_soft_bounces_or_of_an_erased_person() -> None:
    assert reported([(day, "delivery", {}) for day in range(5)]).attempts == {}

    erased = FakeEngagement()
    erased.forget([ANN], START)
    assert reported(THREE, erased).attempts == {}


def counted(store: FakeEngagement, day: int) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for (_, counter), number in counts_of(store.enrollments[a_run(day).customer, a_run(day).id]).items():
        counts[counter.rpartition("|")[2]] += number
    return {kind: number for kind, number in counts.items() if kind in ("delivered", "bounced")}


@pytest.mark.parametrize(
    ("told", "figures"),
    [
        ([(0, "delivery", {}), (0, "bounce", GENERAL)], {"delivered": 1}),
        ([(0, "bounce", GENERAL), (0, "bounce", GENERAL)], {"bounced": 1}),
        ([(0, "delivery", {}), (0, "bounce", SOFT)], {"delivered": 1, "bounced": 1}),
        ([(0, "bounce", SOFT), (0, "bounce", GENERAL)], {"bounced": 1}),
        ([(0, "bounce", {}), (0, "bounce", GENERAL), (0, "delivery", {})], {"delivered": 1, "bounced": 1}),
    ],
)
def test_an_automatic_reply_counts_as_no_bounce_in_any_order(told: list[Told], figures: dict[str, int]) -> None:
    for order in permutations(told):
        assert counted(reported(order), 0) == figures


class Interrupted(FakeEngagement):
    """Another report on the same address is stored just before one of ours; and then that is over."""

    def __init__(self, other: Told) -> None:
        super().__init__()
        self.other: Told | None = other

    def put_attempts(self, address_hash: str, attempts: Attempts, version: int) -> None:
        self._other()
        super().put_attempts(address_hash, attempts, version)

    def suppress_softly(self, address_hash: str, at: datetime) -> bool:
        self._other()
        return super().suppress_softly(address_hash, at)

    def _other(self) -> None:
        other, self.other = self.other, None
        if other:
            reported([other], self)


@pytest.mark.parametrize("other", [(3, "delivery", {}), (3, "bounce", SOFT)])
@pytest.mark.parametrize("before", [0, 1, 2])
def test_two_reports_at_the_same_time_lose_nothing(other: Told, before: int) -> None:
    plain = reported([*THREE, other])
    store = Interrupted(other)
    held, store.other = store.other, None
    reported(THREE[:before], store)

    store.other = held
    reported(THREE[before:], store)

    assert store.attempts[ANN][0] == plain.attempts[ANN][0]
    assert reason(store) == reason(plain)


class Failing(FakeEngagement):
    """One of its calls fails, the one after so many; and then that is over."""

    def __init__(self, calls_before: int) -> None:
        super().__init__()
        self.calls_before = calls_before

    def add_outcome(self, customer: str, enrollment_id: str, *outcomes: Outcome) -> bool:
        self._count()
        return super().add_outcome(customer, enrollment_id, *outcomes)

    def bouncing(self, address_hashes: Iterable[str]) -> frozenset[str]:
        self._count()
        return super().bouncing(address_hashes)

    def put_attempts(self, address_hash: str, attempts: Attempts, version: int) -> None:
        self._count()
        super().put_attempts(address_hash, attempts, version)
        self._count()

    def suppress_softly(self, address_hash: str, at: datetime) -> bool:
        self._count()
        return super().suppress_softly(address_hash, at)

    def withdraw_softly(self, address_hash: str) -> None:
        self._count()
        super().withdraw_softly(address_hash)

    def _count(self) -> None:
        self.calls_before -= 1
        if self.calls_before == -1:
            raise Unavailable("throttled")


@pytest.mark.parametrize("calls_before", range(15))
@pytest.mark.parametrize("last", [(3, "delivery", {}), (5, "delivery", {})])
def test_a_report_that_failed_anywhere_comes_again(last: Told, calls_before: int) -> None:
    told = [*THREE, last]
    plain, store = reported(told), Failing(calls_before)
    for day in range(6):
        store.create(a_run(day))

    queue = [event(*each) for each in told]
    while queue:
        records = [{"messageId": "1", "body": json.dumps(queue[0])}]
        answer = ReportQueue(Feedback(store, store, store, HASH), read_report)({"Records": records})
        queue = queue if answer["batchItemFailures"] else queue[1:]

    assert reason(store) == reason(plain)
    assert store.attempts[ANN][0] == plain.attempts[ANN][0]
    assert store.calls_before < 0  # it failed
