"""A segment is enrolled page by page, and the queue carries what is left."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.launch import Launch
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.settlement import claimed
from chalicelib.domain.standing.standing import Standing
from chalicelib.entry.audience import AudienceQueue
from chalicelib.services.audience import MEMBERS, Audience
from tests.builders import START, a_customer, a_launch, an_order
from tests.fakes import FakeCommerce, FakeEngagement, FakeQueue, an_audience

pytestmark = pytest.mark.journeys("early_access")
DAY = timedelta(days=1)
LEASE = Policy().lease
MANY = 2 * MEMBERS + 7


class Segment:
    """An audience with members; ``failing`` members cannot be read."""

    def __init__(self, members: int = MANY, failing: Exception | None = None) -> None:
        self.facts, self.runs, self.queue = FailingFacts(failing), FakeEngagement(), FakeQueue()
        self.now: datetime = START
        self.members = [f"c{number:04}" for number in range(members)]
        for member in self.members:
            self.facts.put(member, a_customer(member))
            self.facts.put(member, an_order("o1", START - DAY, 30_000))
            self.runs.put(member, Standing(), ["loyal"], [])

    @property
    def audience(self) -> Audience:
        return an_audience(self.facts, self.runs, self.queue, lambda: self.now)

    def announced(self, launch: Launch) -> int:
        """Handle the launch to the end; tells how many messages that took."""
        self.facts.put("", launch)
        self.queue.put({"launch": launch.id, "start": None})
        handled = 0
        while self.queue.messages:
            body = json.dumps(self.queue.messages.pop(0).body)
            assert AudienceQueue(self.audience)({"Records": [{"messageId": "1", "body": body}]}) == {
                "batchItemFailures": []
            }
            handled += 1
        return handled

    @property
    def enrolled(self) -> list[str]:
        return sorted(run.customer for run in self.runs.enrollments.values())


class FailingFacts(FakeCommerce):
    """Facts of which one member's cannot be read."""

    def __init__(self, failing: Exception | None) -> None:
        super().__init__()
        self.failing = failing

    def of(self, customer: str, known: Facts | None = None) -> Facts:
        if self.failing and customer == "c0001":
            raise self.failing
        return super().of(customer, known)

    def launches(self, ids: Iterable[str]) -> dict[str, Launch]:
        return super().launches(ids)


def test_everyone_in_the_segment_is_enrolled_once_however_many() -> None:
    segment = Segment()

    messages = segment.announced(a_launch())

    assert segment.enrolled == segment.members
    assert messages == 3


def test_a_message_that_comes_again_enrolls_nobody_twice() -> None:
    segment = Segment()
    segment.announced(a_launch())
    before = dict(segment.runs.enrollments)

    segment.announced(a_launch())

    assert segment.runs.enrollments == before


@pytest.mark.parametrize("change", [{"withdrawn": True}, {"ends_at": START}, {"segment": "butterfly"}])
def test_a_launch_that_is_off_over_or_for_others_enrolls_nobody(change: dict[str, Any]) -> None:
    segment = Segment(members=3)

    assert segment.announced(a_launch(**change)) == 1

    assert segment.enrolled == []


def test_an_unknown_launch_is_left_alone() -> None:
    segment = Segment(members=1)

    segment.audience("nobody's", None)

    assert (segment.enrolled, segment.queue.messages) == ([], [])


def test_a_launch_brought_forward_brings_its_members_forward() -> None:
    segment = Segment(members=1)
    segment.announced(a_launch())

    segment.announced(a_launch(at=START + timedelta(hours=1), opens_at=START + 5 * DAY))

    (run,) = segment.runs.enrollments.values()
    assert run.due_at == START + 5 * DAY - timedelta(hours=24)


def test_a_member_who_is_being_written_to_comes_again_until_nobody_can_be_sending_any_more() -> None:
    segment = Segment(members=1)
    segment.announced(a_launch())
    (run,) = segment.runs.enrollments.values()
    sending = claimed(run, segment.now, LEASE)
    segment.runs.enrollments[run.customer, run.id] = sending
    sooner = a_launch(at=START + timedelta(minutes=1), opens_at=START + 5 * DAY)
    segment.facts.put("", sooner)

    segment.now = START + LEASE - timedelta(seconds=1)
    with pytest.raises(Unavailable):
        segment.audience(sooner.id, None, [run.customer])

    segment.now = START + LEASE
    segment.audience(sooner.id, None, [run.customer])
    assert segment.runs.enrollments[run.customer, run.id] == sending


def test_a_member_whose_facts_are_damaged_keeps_nobody_else_out() -> None:
    segment = Segment(members=MEMBERS + 3, failing=ValueError("stored Order: expected `int`"))

    segment.announced(a_launch())

    assert segment.enrolled == [member for member in segment.members if member != "c0001"]


def test_a_page_that_cannot_be_read_for_now_comes_again() -> None:
    segment = Segment(members=3, failing=Unavailable("throttled"))

    with pytest.raises(Unavailable):
        segment.announced(a_launch())

    segment.facts.failing = None
    segment.announced(a_launch())
    assert segment.enrolled == segment.members
