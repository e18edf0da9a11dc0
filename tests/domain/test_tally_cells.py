"""In which cells a run counts: its journey, version, step, variant, arm and what happened, by day."""

from datetime import timedelta

from chalicelib.domain.figures.counters import counts_of, counts_of_enrollment, counts_of_standing
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.money import Money
from chalicelib.domain.standing.standing import standing_of
from chalicelib.domain.standing.thresholds import Thresholds
from tests.builders import START, an_enrollment, an_order

DAY = timedelta(days=1)


def test_what_happened_at_a_step_counts_there_and_the_rest_in_no_step() -> None:
    run = (
        an_enrollment(first_allowed_at=START + DAY, variants={"s": "x"})
        .with_outcome(Outcome("sent#1", Kind.SENT, START + DAY, step="mail"))
        .with_outcome(Outcome("converted", Kind.CONVERTED, START + 2 * DAY, value=Money(300, "USD")))
    )

    assert counts_of_enrollment(run) == {
        ("2026-03-02", "hello|1|-|s=x|treated|enrolled"): 1,
        ("2026-03-03", "hello|1|-|s=x|treated|reached"): 1,
        ("2026-03-03", "hello|1|mail|s=x|treated|sent"): 1,
        ("2026-03-04", "hello|1|-|s=x|treated|converted"): 1,
        ("2026-03-04", "hello|1|-|s=x|treated|converted_value|USD"): 300,
    }


def test_two_answers_of_one_score_are_counted_both() -> None:
    run = an_enrollment()
    for name in ("answered#1", "answered#2"):
        run = run.with_outcome(Outcome(name, Kind.ANSWERED, START, score=9))

    assert counts_of_enrollment(run)["2026-03-02", "hello|1|-|-|treated|answered_score|9"] == 2


def test_each_item_contributes_as_what_it_is_and_what_is_not_counted_nothing() -> None:
    run, standing = an_enrollment(), standing_of([an_order()], Thresholds(), START)

    assert counts_of(run) == counts_of_enrollment(run) != {}
    assert counts_of(standing) == counts_of_standing(standing) != {}
    assert counts_of("something else") == {}
