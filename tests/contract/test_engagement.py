"""What every store of engagement does, in memory and in DynamoDB."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from chalicelib.adapters.dynamodb import keys
from chalicelib.domain.errors import Conflict
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.journeys.contacts import Contact, Contacts, FirstMessage
from chalicelib.domain.journeys.engagement import Suppression
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.run import Enrollment, Status
from chalicelib.domain.money import Money
from chalicelib.domain.standing.standing import Standing, standing_of
from chalicelib.domain.standing.thresholds import Thresholds
from tests.builders import START, an_enrollment, an_order
from tests.contract.engines import LANES, Stores

MINUTE = timedelta(minutes=1)
SENT = Outcome("sent#1", Kind.SENT, START, step="message")
OPENED = Outcome("opened#1", Kind.OPENED, START + MINUTE, step="message")


def stored(stores: Stores, run: Enrollment) -> Enrollment:
    found = stores.runs.get(run.customer, run.id)
    assert found is not None
    return found


def due(stores: Stores, limit: int = 100) -> list[str]:
    """The customers of what is due at ``START``, lane by lane."""
    return [keys.customer_of(key.pk) for lane in range(LANES) for key in stores.due.due(f"L{lane}", START, limit)]


def in_one_lane(stores: Stores, count: int) -> list[str]:
    """So many customers of lane L0."""
    names = (f"c{number:04}" for number in range(100 * LANES))
    return [name for name in names if stores.lanes.of(name) == "L0"][:count]


class TestEnrollments:
    def test_a_run_comes_back_whole(self, stores: Stores) -> None:
        bought = Outcome("ordered#o1", Kind.ORDERED, START, value=Money(15000, "KRW"), about="o1", score=0)
        run = an_enrollment(
            arm=Arm.HOLDOUT, variants={"subject": "b"}, status=Status.SENDING, claimed_at=START, attempts=2, tries=1,
            message_at=START, first_allowed_at=START, deferred_since=START - MINUTE, version=7,
        ).with_outcome(bought)  # fmt: skip

        assert stores.runs.create(run)

        assert stored(stores, run) == run
        assert stores.runs.get("ann", "hello#nobody") is None
        assert stores.runs.get("bob", run.id) is None

    def test_a_run_is_created_once(self, stores: Stores) -> None:
        stores.runs.create(an_enrollment())

        assert not stores.runs.create(an_enrollment(step="another"))

        assert stored(stores, an_enrollment()).step == "message"

    def test_saving_moves_the_version_on(self, stores: Stores) -> None:
        run = an_enrollment()
        stores.runs.create(run)

        saved = stores.runs.save(run, replace(run, step="next"))

        assert saved.version == 1
        assert stored(stores, run) == saved

    def test_of_two_who_save_over_one_version_one_gets_a_conflict(self, stores: Stores) -> None:
        run = an_enrollment()
        stores.runs.create(run)
        stores.runs.save(run, replace(run, step="mine"))

        with pytest.raises(Conflict):
            stores.runs.save(run, replace(run, step="theirs").with_outcome(SENT))

        assert stored(stores, run).step == "mine"
        assert "sent#1" not in stored(stores, run).outcomes

    def test_nothing_is_saved_over_a_run_that_is_not_there(self, stores: Stores) -> None:
        with pytest.raises(Conflict):
            stores.runs.save(an_enrollment(), an_enrollment(step="next"))

        assert stores.engagement.of("ann").enrollments == ()

    def test_saving_keeps_the_outcomes_that_others_added_meanwhile(self, stores: Stores) -> None:
        run = an_enrollment()
        stores.runs.create(run)
        assert stores.runs.add_outcome("ann", run.id, OPENED)

        stores.runs.save(run, replace(run, step="next").with_outcome(SENT))

        assert stored(stores, run).outcomes.keys() == {"enrolled", "opened#1", "sent#1"}

    def test_saving_takes_away_the_outcomes_that_the_run_has_no_more_and_no_others(self, stores: Stores) -> None:
        failed = Outcome("failed", Kind.FAILED, START, step="message", reason="no")
        run = an_enrollment(status=Status.ENDED, step=None, due_at=None).with_outcome(failed)
        stores.runs.create(run)
        assert stores.runs.add_outcome("ann", run.id, OPENED)

        back = replace(an_enrollment(due_at=START), outcomes={**an_enrollment().outcomes, "sent#1": SENT})
        stores.runs.save(run, back)

        assert stored(stores, run).outcomes.keys() == {"enrolled", "opened#1", "sent#1"}
        assert due(stores) == ["ann"]

    def test_an_outcome_is_added_once_and_moves_no_version(self, stores: Stores) -> None:
        run = an_enrollment()
        stores.runs.create(run)

        first = stores.runs.add_outcome("ann", run.id, OPENED)
        again = stores.runs.add_outcome("ann", run.id, replace(OPENED, at=START + 9 * MINUTE))

        assert (first, again) == (True, False)
        assert stored(stores, run).outcomes["opened#1"].at == START + MINUTE
        assert stored(stores, run).version == 0

    def test_an_outcome_makes_no_run(self, stores: Stores) -> None:
        assert not stores.runs.add_outcome("ann", "hello#nobody", OPENED)

        assert stores.engagement.of("ann").enrollments == ()

    def test_everything_about_a_customer_and_of_nobody_else(self, stores: Stores) -> None:
        runs = [an_enrollment(occurrence=name) for name in ("o1", "o2")]
        for run in [*runs, an_enrollment(customer="bob")]:
            stores.runs.create(run)
        standing = standing_of([an_order()], Thresholds(), START)
        stores.standings.put("ann", standing, ["everyone", "bronze"], [])
        contacts = Contacts((Contact("s1", START, Purpose.MARKETING),), (FirstMessage("hello", "o1", START),))
        stores.contacts.put_all({"ann": contacts})

        known = stores.engagement.of("ann")

        assert sorted(known.enrollments, key=lambda run: run.occurrence) == runs
        assert known.segments == {"everyone", "bronze"}
        assert (known.standing, known.contacts) == (standing, contacts)
        assert stores.engagement.of("eve").standing is None

    @pytest.mark.parametrize("settled", [True, False])
    def test_an_outcome_brings_what_it_supposes(self, stores: Stores, settled: bool) -> None:
        run = an_enrollment()
        stores.runs.create(run)
        sent = Outcome("sent#1", Kind.SENT, START)
        if settled:
            stores.runs.add_outcome("ann", run.id, sent)

        first = stores.runs.add_outcome("ann", run.id, replace(sent, at=START + MINUTE), OPENED)
        again = stores.runs.add_outcome("ann", run.id, sent, OPENED)

        assert (first, again) == (True, False)
        stored = stores.runs.get("ann", run.id)
        assert stored
        assert set(stored.outcomes) == {*run.outcomes, sent.id, OPENED.id}
        assert stored.outcomes[sent.id].at == (START if settled else START + MINUTE)

    def test_everything_of_everybody_for_the_recount(self, stores: Stores) -> None:
        stores.runs.create(an_enrollment())
        stores.standings.put("bob", Standing(), ["everyone"], [])
        stores.contacts.put_all({"ann": Contacts()})
        stores.suppressions.suppress("hash", "bounce", START)

        found = sorted(stores.engagement.everything(), key=lambda each: each[0])

        assert found == [("ann", an_enrollment()), ("bob", Standing()), ("hash", Suppression("bounce", START))]


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

        lanes = [stores.lanes.of(keys.customer_of(key.pk)) for key in found]
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

        (key,) = stores.due.due(stores.lanes.of("ann"), START, 1)

        assert key.due_at == "2026-03-02T09:59:00.000Z"
        assert stores.due.batch([(key.pk, key.sk)], []).enrollments == (run,)


class TestPages:
    def test_a_page_brings_runs_histories_and_pauses(self, stores: Stores) -> None:
        mine, other = an_enrollment(), an_enrollment(customer="bob")
        history = Contacts((Contact("s1", START, Purpose.SERVICE),))
        for run in (mine, other):
            stores.runs.create(run)
        stores.contacts.put_all({"ann": history, "bob": Contacts()})
        stores.pauses.set("hello", True)
        stores.pauses.set("goodbye", True)

        page = stores.due.batch([place(mine)], ["hello", "win_back"])

        assert page.enrollments == (mine,)
        assert page.contacts["ann"] == history
        assert page.paused == {"hello"}

    def test_a_journey_goes_on_after_its_pause(self, stores: Stores) -> None:
        stores.pauses.set("hello", True)
        stores.pauses.set("hello", False)

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

    def test_a_history_is_replaced_whole(self, stores: Stores) -> None:
        stores.contacts.put_all({"ann": Contacts((Contact("s1", START, Purpose.MARKETING),))})
        stores.contacts.put_all({"ann": Contacts()})

        assert stores.engagement.of("ann").contacts == Contacts()

    def test_more_histories_than_one_call_can_store(self, stores: Stores) -> None:
        history = Contacts((Contact("s1", START, Purpose.MARKETING),))
        customers = [f"c{number}" for number in range(60)]

        stores.contacts.put_all(dict.fromkeys(customers, history))

        assert all(stores.engagement.of(customer).contacts == history for customer in customers)


def place(run: Enrollment) -> tuple[str, str]:
    return keys.customer(run.customer), keys.enrollment(run.id)


class TestSegments:
    def test_members_come_page_by_page_each_once(self, stores: Stores) -> None:
        everyone = [f"c{number:02}" for number in range(7)]
        for customer in everyone:
            stores.standings.put(customer, Standing(), ["everyone"], [])

        seen: list[str] = []
        start: str | None = None
        for _ in range(9):
            members, start = stores.standings.members("everyone", start, 3)
            assert len(members) <= 3
            seen += members
            if start is None:
                break

        assert (start, sorted(seen)) == (None, everyone)

    def test_who_leaves_a_segment_is_a_member_no_more(self, stores: Stores) -> None:
        stores.standings.put("ann", Standing(), ["everyone", "bronze"], [])
        stores.standings.put("ann", Standing(orders=1), ["gold"], ["bronze"])

        members = {name: stores.standings.members(name, None, 9)[0] for name in ("everyone", "bronze", "gold")}

        assert members == {"everyone": ["ann"], "bronze": [], "gold": ["ann"]}
        assert stores.engagement.of("ann").segments == {"everyone", "gold"}

    def test_a_page_goes_on_where_its_last_member_has_left(self, stores: Stores) -> None:
        for customer in ("a", "b", "c", "d"):
            stores.standings.put(customer, Standing(), ["everyone"], [])
        first, start = stores.standings.members("everyone", None, 2)
        stores.standings.put(first[-1], Standing(), [], ["everyone"])

        assert stores.standings.members("everyone", start, 9)[0] == ["c", "d"]


class TestSuppressions:
    def test_the_addresses_among_those_asked_for(self, stores: Stores) -> None:
        stores.suppressions.suppress("h1", "bounce", START)
        stores.suppressions.suppress("h2", "complaint", START)

        assert stores.suppressions.suppressed(["h1", "h3"]) == {"h1"}
        assert stores.suppressions.suppressed([]) == frozenset()

    def test_the_first_reason_stays(self, stores: Stores) -> None:
        stores.suppressions.suppress("h1", "bounce", START)
        stores.suppressions.suppress("h1", "complaint", START + MINUTE)

        assert reason_of(stores, "h1") == "bounce"


def reason_of(stores: Stores, address_hash: str) -> str:
    from tests.fakes import FakeEngagement

    fake: object = stores.engagement
    if isinstance(fake, FakeEngagement):
        return fake.suppressions[address_hash][0]
    (item,) = stores.suppressions.stored([address_hash])
    return str(item["reason"])
