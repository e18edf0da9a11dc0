"""The named moments and predicates that the journeys are written with."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.facts.answer import Answer
from chalicelib.domain.facts.cart import CartChanged
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.order import OrderPlaced
from chalicelib.domain.journeys.journey import days, hours
from chalicelib.domain.journeys.moments import (
    answer_final,
    answer_of,
    before_opening,
    case_closing,
    case_opening,
    early_time,
    has_lines,
    has_long_early_access,
    has_no_open_case,
    is_answered,
    is_case_over,
    is_detractor,
    is_early_member,
    is_open_case,
    is_taken_back,
    is_worth_an_offer,
    launch_end,
    of_the_launch,
)
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.situation import Situation
from tests.builders import START, a_cart, a_launch, a_situation, an_answer, an_enrollment, an_order, facts
from workflows.nps_survey import survey_time

GOLD, SILVER, BRONZE = 50_000, 20_000, 19_999
LAUNCH = a_launch()
MILLISECOND = timedelta(milliseconds=1)


def a_member(spent: int, now: datetime = START, **launch: Any) -> Situation:
    """A customer who spent so much a month ago, looking at the launch."""
    return a_situation(known=facts(an_order(at=START - days(30), total=spent), a_launch(**launch)), now=now)


def about(*things: Any, now: datetime = START) -> Situation:
    """A run about order-1, and what is known."""
    return a_situation(an_enrollment(subject="order-1"), facts(*things), now)


def test_a_cart_with_lines_has_lines() -> None:
    full, empty = (CartChanged("cart-1", START, a_cart(lines=number)) for number in (1, 0))

    assert has_lines(full, facts())
    assert not has_lines(empty, facts())


@pytest.mark.parametrize(("spent", "early"), [(GOLD, hours(48)), (SILVER, hours(24)), (BRONZE, hours(0))])
def test_each_tier_may_buy_at_its_own_time(spent: int, early: timedelta) -> None:
    assert early_time(a_member(spent)) == LAUNCH.opens_at - early


@pytest.mark.parametrize(("hours_", "is_long"), [(47, False), (48, True), (60, True)])
def test_two_days_of_early_access_are_long(hours_: int, is_long: bool) -> None:
    early_by = {"gold": hours(hours_)}

    assert has_long_early_access(a_member(GOLD, early_by=early_by)) is is_long
    assert not has_long_early_access(a_member(SILVER, early_by=early_by))
    assert not has_long_early_access(a_member(GOLD, LAUNCH.opens_at, early_by=early_by))


def test_without_a_launch_there_is_no_moment_of_one() -> None:
    nothing = a_situation()

    assert [early_time(nothing), before_opening(hours(6))(nothing), launch_end(nothing)] == [None, None, None]
    assert not is_early_member(nothing)
    assert not has_long_early_access(nothing)


def test_a_launchs_moments_follow_it_when_it_is_moved() -> None:
    moved = a_member(GOLD, opens_at=LAUNCH.opens_at + days(1), ends_at=LAUNCH.ends_at + days(1))

    assert before_opening(hours(6))(moved) == LAUNCH.opens_at + days(1) - hours(6)
    assert launch_end(moved) == LAUNCH.ends_at + days(1)


@pytest.mark.parametrize(
    ("spent", "now", "early"),
    [
        (GOLD, LAUNCH.opens_at - MILLISECOND, True),
        (GOLD, LAUNCH.opens_at, False),
        (SILVER, LAUNCH.opens_at - days(1), True),
        (BRONZE, LAUNCH.opens_at - days(1), False),
    ],
)
def test_an_early_member_has_a_tier_with_early_access_while_the_opening_is_to_come(
    spent: int, now: datetime, early: bool
) -> None:
    assert is_early_member(a_member(spent, now)) is early


def test_a_tier_that_this_launch_gives_nothing_is_no_early_member() -> None:
    assert not is_early_member(a_member(SILVER, early_by={"gold": hours(48)}))


@pytest.mark.parametrize(
    ("products", "known", "fits"),
    [
        (("first-flush",), facts(LAUNCH), True),
        (("whisk", "first-flush"), facts(LAUNCH), True),
        (("whisk",), facts(LAUNCH), False),
        ((), facts(LAUNCH), False),
        (("first-flush",), facts(), False),
    ],
)
def test_an_order_of_the_launch_holds_one_of_its_products(products: tuple[str, ...], known: Facts, fits: bool) -> None:
    placed = OrderPlaced("order-1", START, an_order(products=products))

    assert of_the_launch(placed, known) is fits


@pytest.mark.parametrize(
    ("fulfilled", "asked"),
    [(None, days(14)), (days(1), days(8)), (days(7), days(14)), (days(12), days(14)), (days(0), days(7))],
)
def test_the_survey_comes_14_days_after_the_order_or_7_after_its_fulfilment_whichever_is_first(
    fulfilled: timedelta | None, asked: timedelta
) -> None:
    order = an_order(fulfilled_at=None if fulfilled is None else START + fulfilled)

    assert survey_time(about(order)) == START + asked


def test_the_survey_about_an_order_nobody_knows_any_more_goes_by_when_the_run_began() -> None:
    assert survey_time(about()) == START + days(14)


@pytest.mark.parametrize(("score", "detractor"), [(0, True), (6, True), (7, False), (10, False)])
def test_a_detractor_scores_6_or_less(score: int, detractor: bool) -> None:
    assert is_detractor(about(an_answer(score=score))) is detractor


def test_an_answer_about_another_order_is_not_this_runs() -> None:
    other = about(an_answer("order-2", score=0))

    assert (answer_of(other), is_answered(other), is_detractor(other)) == (None, False, False)
    assert is_answered(about(an_answer()))


@pytest.mark.parametrize(
    ("score", "closed", "free"), [(6, False, False), (6, True, True), (7, False, True), (10, False, True)]
)
def test_a_detractors_case_is_open_until_it_is_closed_whatever_the_order(score: int, closed: bool, free: bool) -> None:
    answer = an_answer("order-0", score=score, case_closed_at=START if closed else None)

    assert has_no_open_case(about(answer)) is free


def test_one_open_case_among_closed_ones_is_an_open_case() -> None:
    closed, still_open = an_answer("order-1", score=1, case_closed_at=START), an_answer("order-2", score=1)

    assert has_no_open_case(about())
    assert not has_no_open_case(about(closed, still_open))


@pytest.mark.parametrize(
    ("totals", "worth"),
    [
        ([20_000], True),  # 30 % of it is 60 dollars of profit; not many more orders to expect: a butterfly
        ([19_999], False),  # a stranger
        ([10_000] * 12, True),  # profit and many more orders: a true friend
        ([100] * 12, False),  # many orders, little profit: a barnacle
    ],
)
def test_worth_an_offer_are_those_who_bring_profit(totals: list[int], worth: bool) -> None:
    orders = [
        an_order(f"order-{number}", START - days(30 * number), total) for number, total in enumerate(totals, start=1)
    ]

    assert is_worth_an_offer(about(*orders)) is worth


def at(now: timedelta, *things: Answer, told: timedelta = timedelta(0)) -> Situation:
    """So long after the answer, the team having been told ``told`` after it."""
    before = about(*things)
    return replace(before, now=START + now, enrollment=replace(before.enrollment, ran_at=START + told))


def test_a_case_that_is_open_is_told_of_at_once_and_a_good_answer_is_watched_for_a_day() -> None:
    assert case_opening(about(an_answer(score=3))) is None
    assert case_opening(about()) is None
    assert case_opening(about(an_answer(score=9))) == START + days(1)
    assert case_opening(about(an_answer(score=3, case_closed_at=START))) == START + days(1)


def test_a_case_that_the_team_was_told_of_is_watched_until_it_is_closed_or_another_one() -> None:
    told, later = an_answer(score=3), START + days(1) / 3
    reopened = an_answer(at=START + days(1) / 2, score=2, first_at=START, opened_at=later)

    assert case_closing(about(told)) == answer_final(about(told)) == START + days(1)
    assert case_closing(about(an_answer(score=9))) is None
    assert case_closing(about(an_answer(score=3, case_closed_at=START))) is None
    assert case_closing(at(days(1) / 2, reopened)) is None
    assert case_closing(at(days(1) / 2, reopened, told=days(1) / 3)) == START + days(1)
    assert answer_final(about()) is None


@pytest.mark.parametrize(
    ("score", "now", "over"), [(3, days(1) / 2, True), (3, days(1), False), (9, days(1) / 2, True), (9, days(2), True)]
)
def test_a_case_is_over_unless_it_lasts_until_the_answer_is_final(score: int, now: timedelta, over: bool) -> None:
    assert is_case_over(at(now, an_answer(score=score))) is over
    assert is_open_case(at(now, an_answer(score=score))) is (score == 3)


TOLD = ("tell", Kind.SENT)


@pytest.mark.parametrize(
    ("score", "told", "is_taken"),
    [
        (9, [TOLD], True),
        (9, [("tell", Kind.ABANDONED)], True),
        (9, [("tell", Kind.SUPPRESSED)], False),
        (9, [TOLD, ("tell_closed", Kind.SENT)], False),
        (9, [TOLD, ("tell_closed", Kind.SUPPRESSED), ("tell_2", Kind.SUPPRESSED)], True),
        (9, [TOLD, ("tell_closed", Kind.SENT), ("tell_2", Kind.SENT)], True),
        (3, [TOLD], False),
    ],
)
def test_only_what_was_told_last_is_taken_back(score: int, told: list[tuple[str, Kind]], is_taken: bool) -> None:
    run = an_enrollment(subject="order-1", step="tell_2_closed")
    for number, (step, kind) in enumerate(told):
        run = run.with_outcome(
            Outcome(f"n{number}", kind, START + number * timedelta(minutes=1), step=step, to_team=True)
        )

    assert is_taken_back(a_situation(run, facts(an_answer(score=score)))) is is_taken
