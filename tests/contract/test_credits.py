"""Credits of orders and the totals of their runs, on every engine: each order counts once, wherever its run goes."""

from collections import Counter
from dataclasses import replace

import pytest

from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.figures.counters import Counts, counts_of
from chalicelib.domain.journeys.credits import Credit, credit_of
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.money import Money
from tests.builders import START, an_enrollment
from tests.contract.engines import Stores

RUN = an_enrollment(first_allowed_at=START)


def a_credit(order: str = "o1", amount: int = 700, run: Enrollment = RUN, *, is_ordered: bool = True) -> Credit:
    value = Money(amount, "USD")
    return credit_of(run, order, START, value, is_ordered=is_ordered, is_attributed=not is_ordered)


def total(stores: Stores, customer: str = "ann") -> dict[str, int]:
    """What was ordered in the customer's run."""
    run = stores.runs.get(customer, RUN.id)
    assert run
    return dict(run.ordered)


def counts(stores: Stores) -> Counts:
    """What is counted of everything that is stored."""
    found: Counter[tuple[str, str]] = Counter()
    for _, item in stores.engagement.everything():
        found.update(counts_of(item))
    return found


class TestCredits:
    def test_an_order_is_credited_once_however_often_it_is_told(self, stores: Stores) -> None:
        stores.runs.create(RUN)

        answers = [stores.credits.put("ann", a_credit()) for _ in range(2)]

        assert answers == [True, False]
        assert stores.credits.of("ann") == [a_credit()]
        assert total(stores) == {"USD": 700}

    def test_what_was_not_ordered_in_the_goals_window_adds_nothing_to_the_total(self, stores: Stores) -> None:
        stores.runs.create(RUN)

        stores.credits.put("ann", a_credit(is_ordered=False))

        assert stores.credits.of("ann")[0].is_attributed
        assert total(stores) == {}

    def test_a_run_that_is_gone_gets_no_credit(self, stores: Stores) -> None:
        assert not stores.credits.put("ann", a_credit())
        assert stores.credits.of("ann") == []

    def test_an_order_s_credits_are_found_without_those_of_others(self, stores: Stores) -> None:
        other = an_enrollment(occurrence="o2", first_allowed_at=START)
        for run in (RUN, other):
            stores.runs.create(run)
        credits = [a_credit("o1"), a_credit("o1", run=other), a_credit("o11"), a_credit("o#1")]
        for credit in credits:
            stores.credits.put("ann", credit)

        found = stores.credits.of_order("ann", "o1")

        assert {(credit.order, credit.enrollment) for credit in found} == {("o1", RUN.id), ("o1", other.id)}
        assert stores.credits.of_order("bob", "o1") == []
        assert len(stores.credits.of("ann")) == len(credits)

    def test_a_refund_changes_the_credit_and_the_total_by_the_difference(self, stores: Stores) -> None:
        stores.runs.create(RUN)
        stores.credits.put("ann", a_credit("o1", 700))
        stores.credits.put("ann", a_credit("o2", 300))

        for _ in range(2):  # the second time nothing is left to do: the answer to the first was lost
            stores.credits.change("ann", a_credit("o1", 700), a_credit("o1", 100))

        assert [credit.value.amount for credit in stores.credits.of_order("ann", "o1")] == [100]
        assert total(stores) == {"USD": 400}

    def test_a_value_in_another_currency_moves_from_one_total_to_the_other(self, stores: Stores) -> None:
        stores.runs.create(RUN)
        stores.credits.put("ann", a_credit())

        stores.credits.change("ann", a_credit(), replace(a_credit(), value=Money(9000, "KRW")))

        assert {code: amount for code, amount in total(stores).items() if amount} == {"KRW": 9000}

    def test_a_change_of_what_is_not_stored_any_more_is_a_conflict(self, stores: Stores) -> None:
        stores.runs.create(RUN)
        stores.credits.put("ann", a_credit("o1", 100))

        with pytest.raises(Conflict):
            stores.credits.change("ann", a_credit("o1", 700), a_credit("o1", 50))

        assert total(stores) == {"USD": 100}

    def test_a_credit_follows_its_run_to_another_customer_and_counts_as_before(self, stores: Stores) -> None:
        stores.runs.create(RUN)
        stores.credits.put("ann", a_credit())
        before = counts(stores)

        run = stores.engagement.of("ann").enrollments[0]
        stores.runs.hand_over(run, "bob")
        stores.runs.create(run.moved_to("bob"))
        stores.credits.move("ann", a_credit(), "bob", RUN.arm)
        stores.credits.finish_moves("ann")
        stores.runs.arrived(run, "bob")

        assert (stores.credits.of("ann"), stores.credits.of("bob")) == ([], [a_credit()])
        assert total(stores, "bob") == {"USD": 700}
        assert counts(stores) == before

    def test_what_was_moved_is_not_moved_again(self, stores: Stores) -> None:
        for customer in ("ann", "bob"):
            stores.runs.create(replace(RUN, customer=customer))
        stores.credits.put("ann", a_credit())

        for _ in range(2):
            stores.credits.move("ann", a_credit(), "bob", RUN.arm)

        assert total(stores, "bob") == {"USD": 700}

    def test_of_one_order_that_both_customers_had_one_credit_is_left(self, stores: Stores) -> None:
        for customer in ("ann", "bob"):
            stores.runs.create(replace(RUN, customer=customer))
            stores.credits.put(customer, a_credit())

        stores.credits.move("ann", a_credit(), "bob", RUN.arm)

        assert (stores.credits.of("ann"), stores.credits.of("bob")) == ([], [a_credit()])
        assert total(stores, "bob") == {"USD": 700}


class TestMeanwhile:
    """On the real engines: what comes between an erasure's, or a move's, reading and its writing."""

    def test_a_credit_given_during_an_erasure_makes_it_begin_again(self, real_stores: Stores) -> None:
        real_stores.runs.create(RUN)

        def meanwhile(*_: object) -> None:
            real_stores.credits.put("ann", a_credit())

        with pytest.raises(Conflict):
            real_stores.engagement.erase("ann", meanwhile)
        real_stores.engagement.erase("ann", lambda *_: None)

        assert real_stores.engagement.items_of("ann") == []

    def test_a_refund_during_an_erasure_makes_it_begin_again(self, real_stores: Stores) -> None:
        real_stores.runs.create(RUN)
        real_stores.credits.put("ann", a_credit("o1", 700))

        def meanwhile(*_: object) -> None:
            real_stores.credits.change("ann", a_credit("o1", 700), a_credit("o1", 100))

        with pytest.raises(Conflict):
            real_stores.engagement.erase("ann", meanwhile)

    def test_a_corrected_outcome_during_an_erasure_makes_it_begin_again(self, real_stores: Stores) -> None:
        real_stores.runs.create(RUN)
        enrolled = RUN.outcomes["enrolled"]

        def meanwhile(*_: object) -> None:
            real_stores.runs.change_outcome(RUN, enrolled, replace(enrolled, reason="corrected"))

        with pytest.raises(Conflict):
            real_stores.engagement.erase("ann", meanwhile)

    def test_no_credit_is_given_to_a_run_that_is_being_moved_and_then_it_goes_where_the_run_went(
        self, real_stores: Stores
    ) -> None:
        real_stores.runs.create(RUN)
        real_stores.runs.hand_over(RUN, "bob")

        with pytest.raises(Unavailable):
            real_stores.credits.put("ann", a_credit())
        real_stores.runs.create(RUN.moved_to("bob"))
        real_stores.runs.arrived(RUN, "bob")
        real_stores.credits.put("ann", a_credit())

        assert (real_stores.credits.of("ann"), real_stores.credits.of("bob")) == ([], [a_credit()])
        assert total(real_stores, "bob") == {"USD": 700}

    def test_what_an_interrupted_move_left_counts_once_and_is_removed(self, real_stores: Stores) -> None:
        for customer in ("ann", "bob"):
            real_stores.runs.create(replace(RUN, customer=customer))
        real_stores.credits.put("ann", a_credit())
        table = real_stores._engagement_table
        (stored,) = table.partition("CREDITS#ann")

        real_stores.credits.move("ann", a_credit(), "bob", RUN.arm)
        table.put({**stored, "moved_to": "bob"})  # as if its removal had not happened

        assert real_stores.credits.of("ann") == []
        assert [item for _, item in real_stores.engagement.everything() if isinstance(item, Credit)] == [a_credit()]
        real_stores.credits.finish_moves("ann")
        assert list(table.partition("CREDITS#ann")) == []

    def test_erasing_keeps_what_was_counted(self, real_stores: Stores) -> None:
        real_stores.runs.create(RUN)
        real_stores.credits.put("ann", a_credit())
        before, kept = counts(real_stores), Counter[tuple[str, str]]()

        real_stores.engagement.erase("ann", lambda _, found: kept.update(found))

        assert kept == before
        assert (real_stores.credits.of("ann"), real_stores.engagement.items_of("ann")) == ([], [])
