"""What an item adds to the counters: whatever the order of its changes, their differences sum to how it stands."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.figures.counters import (
    Cell,
    Counts,
    counts_of_enrollment,
    counts_of_standing,
    difference,
)
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.money import Money
from chalicelib.domain.standing.standing import standing_of
from chalicelib.domain.standing.thresholds import Thresholds
from tests.builders import START, an_enrollment, an_order, utc

moments = st.integers(0, 10 * 24 * 60).map(lambda number: START + timedelta(minutes=number))
amounts = st.builds(Money, st.integers(0, 10**9), st.sampled_from(["USD", "KRW", "JPY"]))
outcomes = st.builds(
    Outcome,
    id=st.integers(0, 30).map(str),
    kind=st.sampled_from(list(Kind)),
    at=moments,
    step=st.sampled_from([None, "a", "b"]),
    value=st.none() | amounts,
    score=st.none() | st.integers(0, 10),
    automated=st.booleans(),
)


def summed(changes: list[tuple[Counts, Counts]]) -> dict[tuple[str, str], int]:
    """The counters after these changes of items, without those at 0."""
    total: Counter[tuple[str, str]] = Counter()
    for old, new in changes:
        for key, change in difference(old, new).items():
            total[key] += change
    return {key: number for key, number in total.items() if number}


def without_zeros(counts: Counts) -> dict[tuple[str, str], int]:
    return {key: number for key, number in counts.items() if number}


def counted(run: Enrollment, kind: str) -> dict[str, int]:
    """Day → number of one kind, whatever the step."""
    found: Counter[str] = Counter()
    for (day, name), number in counts_of_enrollment(run).items():
        if Cell.parse(name).kind == kind:
            found[day] += number
    return dict(found)


@given(st.lists(outcomes, max_size=20), st.data())
def test_the_differences_of_all_changes_sum_to_what_the_final_state_contributes(
    added: list[Outcome], data: st.DataObject
) -> None:
    run = an_enrollment(step="a")
    states: list[Counts] = [{}, counts_of_enrollment(run)]
    for outcome in added:
        run = run.with_outcome(outcome)
        if data.draw(st.booleans()):
            run = replace(run, variants={**run.variants, "split": data.draw(st.sampled_from("xy"))})
        states.append(counts_of_enrollment(run))

    changes = data.draw(st.permutations(list(pairwise(states))))

    assert summed(changes) == without_zeros(counts_of_enrollment(run))


@given(st.lists(outcomes, max_size=20), st.randoms())
def test_a_report_that_comes_twice_or_in_another_order_contributes_the_same(
    added: list[Outcome], random: Random
) -> None:
    by_id = {outcome.id: outcome for outcome in added}
    shuffled = [*by_id.values(), *by_id.values()]
    random.shuffle(shuffled)

    def contributions(reports: list[Outcome]) -> Counts:
        run = an_enrollment()
        for outcome in reports:
            run = run.with_outcome(outcome)
        return counts_of_enrollment(run)

    assert contributions(shuffled) == contributions(list(by_id.values()))


@given(st.lists(st.tuples(moments, st.integers(0, 10**6), st.booleans()), max_size=8), st.data())
def test_a_shops_months_are_the_sum_of_the_changes_of_its_customers(
    bought: list[tuple[datetime, int, bool]], data: st.DataObject
) -> None:
    orders = []
    states: list[Counts] = [{}]
    for number, (at, total, is_refunded) in enumerate(bought):
        orders.append(an_order(f"order-{number}", at, total))
        states.append(counts_of_standing(standing_of(orders, Thresholds(), START)))
        if is_refunded:
            orders[-1] = replace(orders[-1], refunded=total)
            states.append(counts_of_standing(standing_of(orders, Thresholds(), START)))

    changes = data.draw(st.permutations(list(pairwise(states))))

    assert summed(changes) == without_zeros(states[-1])


def test_each_outcome_counts_once_on_its_own_utc_day() -> None:
    run = an_enrollment()
    for number, at in enumerate(["2026-03-03 23:59", "2026-03-04 00:00", "2026-03-04 12:00"]):
        run = run.with_outcome(Outcome(f"sent#{number}", Kind.SENT, utc(at), step="a"))

    assert counted(run, "sent") == {"2026-03-03": 1, "2026-03-04": 2}
    assert counted(run, "enrolled") == {"2026-03-02": 1}


def test_an_outcome_counts_on_the_day_of_the_runs_zone() -> None:
    run = an_enrollment(zone="Asia/Seoul", first_allowed_at=utc("2026-03-04 14:59"))
    run = run.with_outcome(Outcome("sent#1", Kind.SENT, utc("2026-03-04 15:00"), step="a"))

    assert counted(run, "reached") == {"2026-03-04": 1}
    assert counted(run, "sent") == {"2026-03-05": 1}


def test_a_customer_counts_in_the_months_of_the_shops_zone() -> None:
    orders = [an_order("order-1", utc("2026-02-28 15:00")), an_order("order-2", utc("2026-03-31 14:59"))]

    counts = {
        zone: counts_of_standing(standing_of(orders, Thresholds(), START, zone)) for zone in ("UTC", "Asia/Seoul")
    }

    assert counts["UTC"]["2026-02", "retained"] == 1
    assert counts["Asia/Seoul"]["2026-03", "orders"] == 2
    assert {period for period, _ in counts["Asia/Seoul"]} == {"2026-03"}


def test_a_value_is_summed_by_currency_and_a_score_counted_by_score() -> None:
    run = an_enrollment()
    for number, value in enumerate([Money(700, "USD"), Money(50, "USD"), Money(9000, "KRW")]):
        run = run.with_outcome(Outcome(f"converted#{number}", Kind.CONVERTED, START, value=value))
    run = run.with_outcome(Outcome("answered", Kind.ANSWERED, START, score=9))

    assert counted(run, "converted") == {"2026-03-02": 3}
    assert counted(run, "converted_value|USD") == {"2026-03-02": 750}
    assert counted(run, "converted_value|KRW") == {"2026-03-02": 9000}
    assert counted(run, "answered_score|9") == {"2026-03-02": 1}


def test_what_a_machine_did_is_not_counted() -> None:
    run = an_enrollment().with_outcome(Outcome("opened#machine", Kind.OPENED, START, automated=True))

    assert counted(run, "opened") == {}


def test_of_a_click_without_an_open_the_person_opened_the_mail_once() -> None:
    run = an_enrollment().with_outcome(Outcome("clicked#m1", Kind.CLICKED, START, step="a"))
    opened = run.with_outcome(Outcome("opened#m1", Kind.OPENED, START + timedelta(days=1), step="a"))
    scanned = run.with_outcome(Outcome("opened#m1#machine", Kind.OPENED, START, step="a", automated=True))

    assert counted(run, "opened") == counted(scanned, "opened") == {"2026-03-02": 1}
    assert counted(opened, "opened") == {"2026-03-03": 1}


def test_of_a_machines_click_nobody_opened_the_mail() -> None:
    run = an_enrollment().with_outcome(Outcome("clicked#m1#machine", Kind.CLICKED, START, automated=True))

    assert counted(run, "opened") == {}


def test_a_click_of_the_team_opens_no_mail_to_a_customer() -> None:
    run = an_enrollment().with_outcome(Outcome("clicked#m1", Kind.CLICKED, START, step="tell_team", to_team=True))

    assert counted(run, "opened") == {}
    assert counted(run, "opened_to_team") == {"2026-03-02": 1}


def test_arms_and_variants_are_counted_apart() -> None:
    treated, held_out = an_enrollment(variants={"s2": "y", "s1": "x"}), an_enrollment(arm=Arm.HOLDOUT)

    cells = [Cell.parse(name) for run in (treated, held_out) for _, name in counts_of_enrollment(run)]

    assert [(cell.arm, cell.variant) for cell in cells] == [("treated", "s1=x,s2=y"), ("holdout", "-")]


@pytest.mark.parametrize("kind", ["sent", "converted_value|USD", "answered_score|10"])
def test_a_cells_name_is_read_as_it_was_written(kind: str) -> None:
    cell = Cell("hello", 12, "-", "s1=x,s2=y", "treated", kind)

    assert Cell.parse(str(cell)) == cell


def test_no_change_adds_nothing() -> None:
    counts: Mapping[tuple[str, str], int] = counts_of_enrollment(an_enrollment())

    assert difference(counts, counts) == {}
    assert difference(counts, {}) == {key: -number for key, number in counts.items()}


def test_who_was_reached_is_counted_once_on_the_day_of_the_first_allowed_message() -> None:
    first, second = START + timedelta(days=1), START + timedelta(days=3)
    run = an_enrollment(first_allowed_at=first, message_at=second)
    for name, at in (("s1", first), ("s2", second)):
        run = run.with_outcome(Outcome(f"sent#{name}", Kind.SENT, at, step=name))

    assert counted(run, "reached") == {first.date().isoformat(): 1}
    assert counted(run, "sent") == {first.date().isoformat(): 1, second.date().isoformat(): 1}


def test_who_is_held_out_is_reached_by_the_message_that_was_withheld() -> None:
    withheld = Outcome("withheld#s1#1", Kind.WITHHELD, START, step="s1")
    run = an_enrollment(arm=Arm.HOLDOUT, first_allowed_at=START).with_outcome(withheld)

    (name,) = [name for _, name in counts_of_enrollment(run) if Cell.parse(name).kind == "reached"]
    assert Cell.parse(name).arm == "holdout"


def test_a_run_without_an_allowed_message_is_not_reached() -> None:
    suppressed = Outcome("suppressed#s1#1", Kind.SUPPRESSED, START, step="s1", reason="no_consent")

    assert counted(an_enrollment().with_outcome(suppressed), "reached") == {}


def test_a_notice_to_the_team_is_in_no_count_of_mails() -> None:
    run = an_enrollment()
    for kind in (Kind.SENT, Kind.DELIVERED, Kind.OPENED):
        run = run.with_outcome(Outcome(f"{kind}#n1", kind, START, step="tell_team", to_team=True))

    assert counted(run, "sent") == counted(run, "delivered") == counted(run, "opened") == {}
    assert counted(run, "sent_to_team") == {START.date().isoformat(): 1}
