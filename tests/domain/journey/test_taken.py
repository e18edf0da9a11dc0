"""Definitions that can run are taken, and are read as they are written."""

from datetime import timedelta

import pytest

from chalicelib.domain.journeys.journey import (
    SERVICE,
    Branch,
    CartEmptied,
    Coupon,
    Goal,
    LaunchAnnounced,
    LaunchEnded,
    LaunchWithdrawn,
    Notify,
    On,
    OrderFulfilled,
    OrderPlaced,
    Send,
    Split,
    Step,
    Wait,
    days,
    every_step,
    hours,
    minutes,
)
from tests.domain.journey.given import A_DAY, A, B, a_journey, never, no_moment


@pytest.mark.parametrize(
    "steps",
    [
        (A,),
        (Notify("n", "n"),),
        (A, Wait("w", minutes(1)), B),
        (A, Wait("w", since=no_moment), B),
        (Branch("way", never, then=(A,), otherwise=(B,)),),
        (Split("s", {"x": (A,), "y": (B,), "none": ()}, {"x": 1, "y": 0, "none": 0.5}),),
        (A, Branch("way", never, then=(A_DAY,), otherwise=(Wait("w", hours(1)),)), B),
        (Send("a", "a", offer=Coupon(100)),),
    ],
)
def test_what_can_run_is_taken(steps: tuple[Step, ...]) -> None:
    assert a_journey(*steps).steps == steps


@pytest.mark.parametrize("holdout", [0, 0.5, 1])
def test_a_holdout_from_none_to_all_is_taken(holdout: float) -> None:
    assert a_journey(holdout=holdout).holdout == holdout


def test_a_send_exactly_at_the_end_of_the_goals_window_is_taken() -> None:
    journey = a_journey(Wait("w0", days(90)), A, Wait("w1", days(5)), B, goal=Goal(OrderPlaced, days(5)))

    assert [message.name for message in journey.messages] == ["a", "b"]


def test_a_wait_before_the_first_message_is_no_part_of_the_goals_window() -> None:
    journey = a_journey(Wait("w", days(90)), A, goal=Goal(OrderPlaced, days(5)))

    assert [message.name for message in journey.messages] == ["a"]


def test_a_notice_to_the_team_opens_no_goals_window() -> None:
    journey = a_journey(Notify("n", "n"), Wait("w", days(10)), A, goal=Goal(OrderPlaced, days(5)))

    assert [message.name for message in journey.messages] == ["n", "a"]


def test_every_step_comes_in_the_order_of_the_definition() -> None:
    journey = a_journey(
        A, A_DAY, Branch("way", never, then=(B,), otherwise=(Split("s", {"x": (Send("c", "c"),), "y": ()}),))
    )

    assert [step.name for step in every_step(journey.steps)] == ["a", "a_day", "way", "b", "s", "c"]
    assert [message.name for message in journey.messages] == ["a", "b", "c"]


def test_after_a_branch_both_ways_go_on_with_what_follows_it() -> None:
    journey = a_journey(Branch("way", never, then=(A,), otherwise=(A_DAY, B)), Wait("later", days(1)), Notify("n", "n"))

    follows = {name: following for name, (_, following) in journey.plan.items()}

    assert follows == {"way": "later", "a": "later", "a_day": "b", "b": "later", "later": "n", "n": None}


def test_alternatives_are_written_with_a_bar_in_any_number() -> None:
    first, second, third = On(OrderPlaced), On(CartEmptied), On(LaunchAnnounced)

    assert ((first | second) | third).options == (first | (second | third)).options == (first, second, third)


def test_a_service_journey_has_no_holdout_unless_it_says_so() -> None:
    assert a_journey(purpose=SERVICE).holdout == 0


def test_units_of_time_are_elapsed_time() -> None:
    assert (minutes(90), hours(36), days(2)) == (timedelta(hours=1.5), timedelta(days=1.5), timedelta(hours=48))


def test_a_journey_listens_to_what_ends_credits_or_wakes_its_runs() -> None:
    until_it_is_there = Wait("delivery", On(OrderFulfilled), timeout=days(9), recheck=On(LaunchEnded))

    journey = a_journey(
        Branch("way", never, then=(until_it_is_there, A), otherwise=(A_DAY, B)),
        exit=On(CartEmptied) | On(LaunchWithdrawn),
        goal=Goal(OrderPlaced, within=days(30)),
    )

    assert journey.listens_to == {CartEmptied, LaunchWithdrawn, OrderPlaced, OrderFulfilled, LaunchEnded}
