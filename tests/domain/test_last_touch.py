"""Whose mail an order followed, and what exactly a run is credited with."""

from dataclasses import replace
from datetime import datetime, time

from chalicelib.domain.facts.order import OrderPlaced
from chalicelib.domain.journeys.attribution import about, credited
from chalicelib.domain.journeys.journey import MARKETING, Goal, Journey, On, Send, days, hours
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.situation import Situation
from chalicelib.domain.money import Money
from chalicelib.domain.time import next_local
from tests.builders import START, a_launch, an_answer, an_order, facts
from tests.domain.attributing import EARLY, OTHER, SURVEY, a_run, after, kinds, touched

ORDER = an_order("order-7", START + days(1), total=5000, refunded=1200)


def test_two_clicks_of_one_run_at_one_moment_are_one_touch() -> None:
    run = touched(a_run(), Kind.CLICKED, START).with_outcome(Outcome("clicked#again", Kind.CLICKED, START, step="a"))

    assert Kind.ATTRIBUTED in kinds(after(run, ORDER))


def test_two_runs_clicked_at_one_moment_are_told_apart_by_their_ids_in_whichever_order_they_are_read() -> None:
    one, other = (touched(run, Kind.CLICKED, START) for run in (a_run(), a_run(OTHER)))

    assert other.id > one.id
    assert Kind.ATTRIBUTED not in kinds(after(one, ORDER, other))
    assert Kind.ATTRIBUTED in kinds(after(other, ORDER, one))


def test_what_the_team_clicked_brings_nothing() -> None:
    run = touched(a_run(), Kind.CLICKED, START, to_team=True)

    assert Kind.ATTRIBUTED not in kinds(after(run, ORDER))


def test_an_order_is_credited_at_its_own_time_with_what_is_left_of_it() -> None:
    outcomes = after(touched(a_run(), Kind.CLICKED, START), ORDER).outcomes

    for name, kind in {
        "ordered#order-7": Kind.ORDERED, "converted": Kind.CONVERTED, "attributed#order-7": Kind.ATTRIBUTED
    }.items():  # fmt: skip
        assert outcomes[name] == Outcome(name, kind, START + days(1), value=Money(3800, "USD"), about="order-7")


def test_what_is_known_of_an_order_by_now_counts_not_what_was_told_first() -> None:
    outcomes = after(touched(a_run(), Kind.CLICKED, START), ORDER, known=facts(replace(ORDER, refunded=4000))).outcomes

    values = {name: outcome.value for name, outcome in outcomes.items() if outcome.value}
    assert values == dict.fromkeys(("ordered#order-7", "converted", "attributed#order-7"), Money(1000, "USD"))


def test_an_answer_is_recorded_at_its_own_time() -> None:
    answer = an_answer(at=START + hours(3), score=3)

    run = after(a_run(SURVEY, subject="order-1"), answer)

    assert run.outcomes["answered"] == Outcome("answered", Kind.ANSWERED, START + hours(3), score=3)


def test_a_window_may_end_at_a_moment_on_the_shop_s_clock_that_depends_on_now() -> None:
    def next_noon(situation: Situation) -> datetime:
        return next_local(situation.now - days(1), time(12), situation.zone)

    journey = Journey(
        "noon",
        1,
        MARKETING,
        On(OrderPlaced, key="order_id"),
        (Send("a", "a"),),
        goal=Goal(OrderPlaced, until=next_noon),
    )
    orders = [an_order(f"o{hour}", START + hours(hour)) for hour in (16, 17)]  # noon in Seoul is after 17 hours

    found = [
        credited(
            {("noon", 1): journey}, [a_run(journey)], OrderPlaced(order.id, order.placed_at, order), facts(order),
            START + days(1), Policy(zone="Asia/Seoul"),
        )
        for order in orders
    ]  # fmt: skip

    assert [Kind.CONVERTED in kinds(run) for (run,) in found] == [True, False]


def test_only_a_run_about_a_launch_sees_its_launch() -> None:
    known, launch = facts(a_launch("other")), a_launch("spring")

    assert about(known, a_run(), {"cart-1": launch}) is known
    assert about(known, a_run(EARLY, subject="spring"), {"spring": launch}).launch == launch
