"""What every store of runs does, in memory and in DynamoDB."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.errors import Conflict
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.figures.counters import Counts
from chalicelib.domain.journeys.contacts import Contact, Contacts, FirstMessage
from chalicelib.domain.journeys.engagement import Suppression
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.run import End, Enrollment, Status
from chalicelib.domain.money import Money
from chalicelib.domain.standing.standing import Standing, standing_of
from chalicelib.domain.standing.thresholds import Thresholds
from tests.builders import START, an_enrollment, an_order
from tests.contract.engines import Stores
from tests.contract.given import MINUTE, OPENED, due

DAY = timedelta(days=1)

SENT = Outcome("sent#1", Kind.SENT, START, step="message")


def stored(stores: Stores, run: Enrollment) -> Enrollment:
    found = stores.runs.get(run.customer, run.id)
    assert found is not None
    return found


class TestEnrollments:
    def test_a_run_comes_back_whole(self, stores: Stores) -> None:
        bought = Outcome("ordered#o1", Kind.ORDERED, START, value=Money(15000, "KRW"), about="o1", score=0)
        run = an_enrollment(
            arm=Arm.HOLDOUT, variants={"subject": "b"}, status=Status.SENDING, claimed_at=START, attempts=2, tries=1,
            message_at=START, first_allowed_at=START, deferred_since=START - MINUTE, version=7,
            again=True, since=START - MINUTE, end=End(START, None),
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

    def test_saving_replaces_the_outcomes_that_are_others_now_and_no_others(self, stores: Stores) -> None:
        run = an_enrollment().ended(START, "order_placed")
        stores.runs.create(run)
        stores.runs.add_outcome(run.customer, run.id, Outcome("opened#1", Kind.OPENED, START))
        back = replace(run, outcomes={name: each for name, each in run.outcomes.items() if name != "exited"})

        stores.runs.save(run, back.ended(START + timedelta(days=1), "completed"))

        saved = stores.runs.get(run.customer, run.id)
        assert saved
        assert (saved.outcomes["exited"].reason, saved.outcomes["exited"].at) == (
            "completed",
            START + timedelta(days=1),
        )
        assert set(saved.outcomes) == {"enrolled", "opened#1", "exited"}

    def test_an_outcome_is_added_once_and_moves_no_version(self, stores: Stores) -> None:
        run = an_enrollment()
        stores.runs.create(run)

        first = stores.runs.add_outcome("ann", run.id, OPENED)
        again = stores.runs.add_outcome("ann", run.id, replace(OPENED, at=START + 9 * MINUTE))

        assert (first, again) == (True, False)
        assert stored(stores, run).outcomes["opened#1"].at == START + MINUTE
        assert stored(stores, run).version == 0

    def test_an_outcome_is_changed_only_over_the_one_that_was_read_and_moves_no_version(self, stores: Stores) -> None:
        run = an_enrollment()
        stores.runs.create(run)
        stores.runs.add_outcome("ann", run.id, OPENED)
        later = replace(OPENED, at=START + 9 * MINUTE)

        stores.runs.change_outcome(run, OPENED, later)
        with pytest.raises(Conflict):
            stores.runs.change_outcome(run, OPENED, later)

        assert stored(stores, run).outcomes["opened#1"] == later
        assert stored(stores, run).version == 0

    def test_an_outcome_makes_no_run(self, stores: Stores) -> None:
        assert not stores.runs.add_outcome("ann", "hello#nobody", OPENED)

        assert stores.engagement.of("ann").enrollments == ()

    def test_the_latest_run_of_a_cart_is_its_last_occasion(self, stores: Stores) -> None:
        occasions = [
            an_enrollment(subject="k", occurrence="k"),
            *(
                an_enrollment(subject="k", occurrence=f"k@{day}", entered_at=START + day * DAY, again=True)
                for day in (9, 10)
            ),
        ]
        for run in [*occasions, an_enrollment(subject="other", occurrence="other", entered_at=START + 99 * DAY)]:
            stores.runs.create(run)

        assert stores.runs.latest("ann", "hello", "k") == occasions[-1]
        for run in reversed(occasions):  # the open one, while there is one
            assert stores.runs.latest("ann", "hello", "k") == run
            stores.runs.save(run, run.ended(START, "merged"))
        assert stores.runs.latest("ann", "hello", "k") == replace(occasions[-1].ended(START, "merged"), version=1)
        assert stores.runs.latest("ann", "hello", "nothing") is None
        assert stores.runs.latest("bob", "hello", "k") is None

    def test_everything_about_a_customer_and_of_nobody_else(self, stores: Stores) -> None:
        runs = [an_enrollment(occurrence=name) for name in ("o1", "o2")]
        for run in [*runs, an_enrollment(customer="bob")]:
            stores.runs.create(run)
        standing = standing_of([an_order()], Thresholds(), START)
        stores.standings.put("ann", standing, ["everyone", "bronze"], [])
        contacts = Contacts((Contact("s1", START, Purpose.MARKETING),), (FirstMessage("hello", "o1", START),))
        stores.contacts.replace("ann", contacts, Contacts())

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

    def test_the_runs_beside_a_run(self, stores: Stores) -> None:
        run, other = an_enrollment(), an_enrollment(occurrence="o2")
        stores.runs.create(run)
        stores.runs.create(other)
        stores.runs.create(an_enrollment(customer="bob"))

        assert sorted(stores.runs.beside("ann", run.id), key=lambda each: each.occurrence) == [other, run]
        assert stores.runs.beside("eve", run.id) == []

    @pytest.mark.parametrize("change", ["added", "changed", "saved", "nothing"])
    def test_a_run_that_counts_something_else_by_now_is_not_erased(self, stores: Stores, change: str) -> None:
        run = an_enrollment().with_outcome(OPENED)
        stores.runs.create(run)
        kept: list[tuple[str, Counts]] = []
        changes: dict[str, Callable[[], object]] = {
            "added": lambda: stores.runs.add_outcome("ann", run.id, SENT),
            "changed": lambda: stores.runs.change_outcome(run, OPENED, replace(OPENED, score=3)),
            "saved": lambda: stores.runs.save(run, replace(run, first_allowed_at=START)),
        }

        def keep(item: str, counts: Counts) -> None:
            kept.append((item, counts))
            if len(kept) == 1 and change in changes:
                changes[change]()

        if change != "nothing":
            with pytest.raises(Conflict):
                stores.engagement.erase("ann", keep)
            stored(stores, run)
            stores.engagement.erase("ann", keep)

        stores.engagement.erase("ann", keep)
        assert stores.engagement.of("ann").enrollments == ()
        assert len({item for item, _ in kept}) == 1
        assert (kept[0][1] == kept[-1][1]) is (change == "nothing")

    def test_everything_of_everybody_for_the_recount(self, stores: Stores) -> None:
        stores.runs.create(an_enrollment())
        stores.standings.put("bob", Standing(), ["everyone"], [])
        stores.contacts.replace("ann", Contacts(), Contacts())
        stores.suppressions.suppress("hash", "bounce", START)

        found = sorted(stores.engagement.everything(), key=lambda each: each[0])

        assert found == [("ann", an_enrollment()), ("bob", Standing()), ("hash", Suppression("bounce", START))]
