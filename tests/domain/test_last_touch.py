"""Whose mail an order followed, when two touches are of the same moment."""

from dataclasses import replace

from chalicelib.domain.facts.order import OrderPlaced
from chalicelib.domain.journeys.attribution import credited
from chalicelib.domain.journeys.journey import hours
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.policy import Policy
from tests.builders import START, an_order, facts
from tests.domain.test_attribution import JOURNEYS, OTHER, a_run, kinds, touched

ORDER = an_order(at=START + hours(1))
PLACED = OrderPlaced(ORDER.id, ORDER.placed_at, ORDER)


def test_two_clicks_of_one_run_at_one_moment_are_one_touch() -> None:
    run = touched(a_run(), Kind.CLICKED, START).with_outcome(Outcome("clicked#again", Kind.CLICKED, START, step="a"))

    (after,) = credited(JOURNEYS, [run], PLACED, facts(ORDER), ORDER.at, Policy())

    assert Kind.ATTRIBUTED in kinds(after)


def test_two_runs_clicked_at_one_moment_are_told_apart_by_their_ids_in_whichever_order_they_are_read() -> None:
    one, other = (touched(run, Kind.CLICKED, START) for run in (a_run(), a_run(OTHER)))

    found = [
        credited(JOURNEYS, runs, PLACED, facts(ORDER), ORDER.at, Policy()) for runs in ([one, other], [other, one])
    ]

    assert [[run.id for run in runs if Kind.ATTRIBUTED in kinds(run)] for runs in found] == [[other.id]] * 2
    assert other.id > one.id


def test_what_the_team_clicked_brings_nothing() -> None:
    run = touched(a_run(), Kind.CLICKED, START, to_team=True)

    (after,) = credited(JOURNEYS, [replace(run)], PLACED, facts(ORDER), ORDER.at, Policy())

    assert Kind.ATTRIBUTED not in kinds(after)
