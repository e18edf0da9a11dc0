"""What every due index does, in memory and in DynamoDB: what is due, in which order, and a page of it."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from chalicelib.adapters.dynamodb import keys
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.figures.breaker import Pause, Resumed
from chalicelib.domain.journeys.contacts import Contact, Contacts
from chalicelib.domain.journeys.due import lane_of
from chalicelib.domain.journeys.run import Enrollment, Status
from tests.builders import START, an_enrollment
from tests.contract.engines import LANES, Stores
from tests.contract.given import MINUTE, OPENED, due


def in_one_lane(stores: Stores, count: int) -> list[str]:
    """So many customers of lane L0."""
    names = (f"c{number:04}" for number in range(100 * LANES))
    return [name for name in names if lane_of(name, LANES) == "L0"][:count]


class TestDueIndex:
    @pytest.mark.parametrize(
        ("change", "is_due"),
        [
            ({"due_at": START}, True),
            ({"due_at": START - timedelta(days=90)}, True),
            ({"due_at": START + timedelta(milliseconds=1)}, False),
            ({"status": Status.SENDING, "due_at": START}, True),
            ({"status": Status.ENDED, "step": None, "due_at": None}, False),
        ],
    )
    def test_it_holds_what_waits_or_is_being_sent(
        self, stores: Stores, change: dict[str, object], is_due: bool
    ) -> None:
        run = an_enrollment(due_at=START - MINUTE)
        stores.runs.create(run)

        stores.runs.save(run, replace(run, **change))  # type: ignore[arg-type]

        assert due(stores) == (["ann"] if is_due else [])

    def test_an_ended_run_can_be_created_and_is_never_due(self, stores: Stores) -> None:
        stores.runs.create(an_enrollment(status=Status.ENDED, step=None, due_at=None))

        assert due(stores) == []

    def test_an_outcome_changes_no_timer(self, stores: Stores) -> None:
        run = an_enrollment()
        stores.runs.create(run)

        stores.runs.add_outcome("ann", run.id, OPENED)

        assert due(stores) == ["ann"]

    def test_the_oldest_come_first_and_no_more_than_asked_for(self, stores: Stores) -> None:
        first, second, third = in_one_lane(stores, 3)
        for customer, minutes in ((second, 2), (third, 1), (first, 3)):
            stores.runs.create(an_enrollment(customer=customer, due_at=START - minutes * MINUTE))

        assert due(stores, limit=2) == [first, second]

    @pytest.mark.parametrize("page", [1, 3, 5000])
    def test_what_is_upcoming_is_told_lane_by_lane_whatever_a_page_holds(
        self, stores: Stores, page: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("chalicelib.adapters.dynamodb.due.KEYS_A_QUERY", page)
        for number in range(20):
            stores.runs.create(an_enrollment(customer=f"c{number}", due_at=START + number * MINUTE))

        found = list(stores.due.upcoming(START + 9 * MINUTE))

        lanes = [lane_of(keys.customer_of(key.pk), LANES) for key in found]
        assert sorted(keys.customer_of(key.pk) for key in found) == [f"c{number}" for number in range(10)]
        assert lanes == sorted(lanes)
        assert all(
            lane != other or key.due_at <= later.due_at
            for (lane, key), (other, later) in pairwise(zip(lanes, found, strict=True))
        )

    def test_the_next_after_a_moment_is_the_first_of_all_lanes(self, stores: Stores) -> None:
        for number in range(20):
            stores.runs.create(an_enrollment(customer=f"c{number}", due_at=START + number * MINUTE))

        assert stores.due.next_due(START + 9 * MINUTE) == START + 10 * MINUTE
        assert stores.due.next_due(START + 19 * MINUTE) is None

    def test_a_customer_is_in_one_lane_with_all_runs(self, stores: Stores) -> None:
        for number in range(10):
            stores.runs.create(an_enrollment(occurrence=f"o{number}"))

        lanes = [len(stores.due.due(f"L{lane}", START, 100)) for lane in range(LANES)]

        assert sorted(lanes) == [0, 0, 0, 10]

    def test_a_due_key_names_the_run_and_since_when(self, stores: Stores) -> None:
        run = an_enrollment(due_at=START - MINUTE)
        stores.runs.create(run)

        (key,) = stores.due.due(lane_of("ann", LANES), START, 1)

        assert key.due_at == "2026-03-02T09:59:00.000Z"
        assert stores.due.batch([(key.pk, key.sk)], []).enrollments == (run,)


class TestPages:
    def test_a_page_brings_runs_histories_and_pauses(self, stores: Stores) -> None:
        mine, other = an_enrollment(), an_enrollment(customer="bob")
        history = Contacts((Contact("s1", START, Purpose.SERVICE),))
        for run in (mine, other):
            stores.runs.create(run)
        stores.contacts.replace("ann", history, Contacts())
        stores.pauses.stop("hello", Pause())
        stores.pauses.stop("goodbye", Pause())

        page = stores.due.batch([place(mine)], ["hello", "win_back"])

        assert page.enrollments == (mine,)
        assert page.contacts["ann"] == history
        assert page.paused == {"hello"}

    def test_a_journey_goes_on_after_its_pause(self, stores: Stores) -> None:
        stores.pauses.stop("hello", Pause())
        stores.pauses.resume("hello", Resumed("2026-03-02"))

        assert stores.due.batch([], ["hello"]).paused == frozenset()

    def test_a_key_that_names_nothing_and_one_named_twice_do_no_harm(self, stores: Stores) -> None:
        run = an_enrollment()
        stores.runs.create(run)

        page = stores.due.batch([place(run), place(an_enrollment(occurrence="gone")), place(run)], [])

        assert page.enrollments == (run,)

    def test_more_keys_than_one_call_can_ask_for(self, stores: Stores) -> None:
        runs = [an_enrollment(customer=f"c{number}") for number in range(120)]
        for run in runs:
            stores.runs.create(run)

        page = stores.due.batch([place(run) for run in runs], [])

        assert {run.customer for run in page.enrollments} == {run.customer for run in runs}

    def test_a_history_is_replaced_by_who_has_read_it(self, stores: Stores) -> None:
        first = Contacts((Contact("s1", START, Purpose.MARKETING),))
        second = first.with_contact(Contact("s2", START, Purpose.MARKETING))

        assert stores.contacts.replace("ann", first, over=Contacts()) is None
        assert stores.contacts.replace("ann", second, over=first) is None

        assert stores.engagement.of("ann").contacts == second

    def test_who_has_read_an_older_history_gets_the_stored_one(self, stores: Stores) -> None:
        mine, theirs = (Contacts((Contact(name, START, Purpose.MARKETING),)) for name in ("mine", "theirs"))
        stores.contacts.replace("ann", theirs, over=Contacts())

        assert stores.contacts.replace("ann", mine, over=Contacts()) == theirs

        assert stores.engagement.of("ann").contacts == theirs

    def test_a_write_whose_answer_was_lost_is_ones_own(self, stores: Stores) -> None:
        history = Contacts((Contact("s1", START, Purpose.MARKETING),))
        stores.contacts.replace("ann", history, over=Contacts())

        assert stores.contacts.replace("ann", history, over=Contacts()) is None


def place(run: Enrollment) -> tuple[str, str]:
    return keys.customer(run.customer), keys.enrollment(run.id)
