"""A credit takes its place from its run, and a run's total changes by what a credit changes."""

import pytest

from chalicelib.domain.figures.counters import Cell, counts_of, counts_of_credit
from chalicelib.domain.journeys.credits import change_of_total, credit_of
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.money import Money
from tests.builders import START, an_enrollment, utc

RUN = an_enrollment(arm=Arm.HOLDOUT, variants={"colour": "red"}, zone="Asia/Seoul")


def test_a_credit_is_of_an_order_and_of_its_run() -> None:
    credit = credit_of(RUN, "o1", START, Money(700, "USD"), is_ordered=True, is_attributed=False)

    assert (credit.order, credit.enrollment, credit.at, credit.value) == ("o1", RUN.id, START, Money(700, "USD"))
    assert (credit.journey, credit.journey_version) == (RUN.journey, RUN.journey_version)
    assert (credit.arm, credit.variants, credit.zone) == (Arm.HOLDOUT, {"colour": "red"}, "Asia/Seoul")
    assert {name: outcome.kind for name, outcome in credit.outcomes.items()} == {"ordered#o1": Kind.ORDERED}
    assert credit.ordered == Money(700, "USD")


def test_an_attributed_order_outside_the_window_adds_nothing_to_the_total() -> None:
    credit = credit_of(RUN, "o1", START, Money(700, "USD"), is_ordered=False, is_attributed=True)

    assert list(credit.outcomes) == ["attributed#o1"]
    assert credit.outcomes["attributed#o1"].about == "o1"
    assert credit.ordered is None


def test_whatever_an_item_is_it_is_counted_as_that() -> None:
    credit = credit_of(RUN, "o1", START, Money(700, "USD"), is_ordered=True, is_attributed=True)

    assert counts_of(credit) == counts_of_credit(credit) != {}


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        (None, Money(700, "USD"), {"USD": 700}),
        (Money(700, "USD"), None, {"USD": -700}),
        (Money(700, "USD"), Money(200, "USD"), {"USD": -500}),
        (Money(700, "USD"), Money(700, "USD"), {}),
        (Money(700, "USD"), Money(9000, "KRW"), {"KRW": 9000, "USD": -700}),
        (None, None, {}),
    ],
)
def test_a_total_changes_by_the_difference_in_each_currency(
    old: Money | None, new: Money | None, change: dict[str, int]
) -> None:
    assert change_of_total(old, new) == change


def test_a_value_and_a_score_count_at_the_step_of_their_outcome() -> None:
    outcome = Outcome("converted", Kind.CONVERTED, START, step="a", value=Money(700, "USD"), score=9)

    cells = {Cell.parse(name).kind: Cell.parse(name).step for _, name in counts_of(RUN.with_outcome(outcome))}

    assert cells == {
        "enrolled": "-",
        "converted": "a",
        "converted_value|USD": "a",
        "converted_score|9": "a",
    }


def test_a_credit_counts_on_the_orders_day_in_the_place_of_its_run() -> None:
    run = an_enrollment(arm=Arm.HOLDOUT, variants={"colour": "red"}, zone="Asia/Seoul")
    value, at = Money(700, "USD"), utc("2026-03-04 15:00")

    found = counts_of_credit(credit_of(run, "o1", at, value, is_ordered=True, is_attributed=True))

    place = f"{run.journey}|1|-|colour=red|holdout"
    assert found == {
        ("2026-03-05", f"{place}|ordered"): 1,
        ("2026-03-05", f"{place}|ordered_value|USD"): 700,
        ("2026-03-05", f"{place}|attributed"): 1,
        ("2026-03-05", f"{place}|attributed_value|USD"): 700,
    }


def test_the_square_of_all_that_was_ordered_in_a_run_stands_on_the_day_it_began() -> None:
    run = an_enrollment(ordered={"USD": 700, "KRW": 30})

    assert counts_of(run)["2026-03-02", f"{run.journey}|1|-|-|treated|ordered_square|USD"] == 700 * 700
    assert counts_of(run)["2026-03-02", f"{run.journey}|1|-|-|treated|ordered_square|KRW"] == 900
