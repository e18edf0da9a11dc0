"""What ends a run: its last step, or an event that counts as an exit."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.domain.facts.cart import CartChanged
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.launch import LaunchAnnounced
from chalicelib.domain.facts.order import Order, OrderPlaced
from chalicelib.domain.journeys.engine import Exit, Sleep, rest
from chalicelib.domain.journeys.journey import CartEmptied, LaunchEnded, LaunchWithdrawn, On, Wait, days, minutes
from chalicelib.domain.journeys.moments import of_the_launch
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import End, Status
from chalicelib.domain.journeys.settlement import claimed, sent
from tests.builders import START, a_cart, a_customer, a_launch, a_situation, an_order, facts, outcomes_of
from tests.domain.enrollment.given import A, a_journey, before, decide

INSTANT = timedelta(milliseconds=1)


def test_after_the_last_step_it_is_completed() -> None:
    journey = a_journey(A)
    run = claimed(before(journey, "a"), START, minutes(5))

    after = sent(journey, a_situation(run))

    assert (after.status, after.due_at, after.step) == (Status.ENDED, None, None)
    assert outcomes_of(after) == [(Kind.SENT, "a", None), (Kind.EXITED, None, "completed")]


@pytest.mark.parametrize(
    ("at", "exits"), [(timedelta(0), True), (timedelta(days=1), True), (-timedelta(milliseconds=1), False)]
)
def test_an_exit_without_a_key_counts_from_when_the_run_began(at: timedelta, exits: bool) -> None:
    journey = a_journey(Wait("w", days(5)), A, enroll=On(CartChanged, key="cart_id"), exit=On(OrderPlaced))
    run = before(journey, "w", subject="cart-1")

    decision = decide(journey, run, facts(a_cart(), an_order(at=START + at)), now=START + days(2))

    assert (decision == Exit("order_placed")) is exits


def test_an_order_of_another_at_the_address_ends_the_run_and_no_other_event_of_theirs_does() -> None:
    journey = a_journey(Wait("w", days(5)), A, enroll=On(CartChanged, key="cart_id"), exit=On(OrderPlaced))
    run = before(journey, "w", subject="cart-1")
    ann = facts(a_cart())

    def ended_by(*theirs: Order, also: Facts = ann) -> object:
        other = facts(a_customer("bob"), *theirs)
        return decide(journey, run, replace(also, at_address=(other,)), now=START + days(2))

    order = an_order("o2", START)
    ended = ended_by(order)
    assert isinstance(ended, Exit)
    assert (ended.reason, ended.about, ended.whose) == ("order_placed", "o2", "bob")
    assert isinstance(ended_by(an_order("o2", START - INSTANT)), Sleep)
    assert isinstance(ended_by(an_order("o2", START, cancelled_at=START)), Exit)
    own = ended_by(order, also=facts(a_cart(), order))
    assert isinstance(own, Exit)
    assert (own.about, own.whose) == ("o2", None)


def test_whether_another_s_order_is_of_the_launch_is_judged_by_this_run_s_launch() -> None:
    launch = a_launch(products=("tea",))
    journey = a_journey(
        Wait("w", days(5)), A, enroll=On(LaunchAnnounced, key="launch_id"), exit=On(OrderPlaced, when=of_the_launch)
    )
    run = before(journey, "w", subject=launch.id)

    def decided(product: str) -> object:
        other = facts(a_customer("bob"), an_order("o2", START, products=(product,)))
        return decide(journey, run, replace(facts(launch), at_address=(other,)), now=START + days(1))

    assert decided("tea") == Exit("order_placed")
    assert isinstance(decided("cup"), Sleep)


def test_an_exit_with_a_key_counts_whenever_it_was_but_only_about_the_same_thing() -> None:
    journey = a_journey(
        Wait("w", days(5)), A, enroll=On(CartChanged, key="cart_id"), exit=On(OrderPlaced, key="cart_id")
    )
    run = before(journey, "w", subject="cart-1")
    this, other = an_order(at=START - days(1), cart_id="cart-1"), an_order(at=START, cart_id="cart-2")

    assert decide(journey, run, facts(a_cart(), this)) == Exit("order_placed")
    assert decide(journey, run, facts(a_cart(), other)) == Sleep(START + days(5))


def test_the_order_that_began_a_run_does_not_end_it_and_another_of_the_same_instant_ends_one_of_the_two() -> None:
    journey = a_journey(Wait("w", days(5)), A, exit=On(OrderPlaced))
    one, two = an_order("order-1"), an_order("order-2")

    alone = decide(journey, before(journey, "w"), facts(one))
    both = [decide(journey, before(journey, "w", subject=order.id), facts(one, two)) for order in (one, two)]

    assert alone == Sleep(START + days(5))
    assert both == [Exit("order_placed"), Sleep(START + days(5))]


def test_the_order_that_began_a_run_does_not_end_it_when_its_own_time_is_corrected() -> None:
    journey = a_journey(Wait("w", days(5)), A, exit=On(OrderPlaced))
    corrected = an_order("order-1", at=START + timedelta(seconds=1))

    assert isinstance(decide(journey, before(journey, "w"), facts(corrected)), Sleep)


def test_an_emptied_cart_ends_the_run_of_that_cart_only() -> None:
    journey = a_journey(
        Wait("w", days(5)), A, enroll=On(CartChanged, key="cart_id"), exit=On(CartEmptied, key="cart_id")
    )
    known = facts(a_cart("cart-1", lines=0), a_cart("cart-2"))

    decisions = [decide(journey, before(journey, "w", subject=cart), known) for cart in ("cart-1", "cart-2")]

    assert decisions == [Exit("cart_emptied"), Sleep(START + days(5))]


def test_a_launch_ends_a_run_when_it_is_withdrawn_or_over() -> None:
    journey = a_journey(
        Wait("w", days(20)),
        A,
        enroll=On(LaunchAnnounced, key="launch_id"),
        exit=On(LaunchWithdrawn, key="launch_id") | On(LaunchEnded, key="launch_id"),
    )
    run = before(journey, "w", subject="spring")
    launch = a_launch()

    assert decide(journey, run, facts(launch), now=launch.ends_at - minutes(1)) == Sleep(START + days(20))
    assert decide(journey, run, facts(launch), now=launch.ends_at) == Exit("launch_ended")
    assert decide(journey, run, facts(a_launch(withdrawn=True))) == Exit("launch_withdrawn")


def test_an_exit_is_found_before_a_message_that_is_due() -> None:
    journey = a_journey(A, exit=On(OrderPlaced))
    known = facts(an_order(), an_order("order-2", START + minutes(1)))

    assert decide(journey, before(journey, "a"), known, now=START + minutes(1)) == Exit("order_placed")


@pytest.mark.parametrize("at", [START, START + days(1)])
def test_an_order_of_another_who_bears_the_address_is_an_exit_and_the_end_of_the_occasion(at: datetime) -> None:
    journey = a_journey(Wait("w", days(5)), A, enroll=On(CartChanged, key="cart_id"), exit=On(OrderPlaced))
    run = before(journey, "w", subject="cart-1")
    known = replace(facts(a_cart()), at_address=(facts(an_order(at=at)),))

    decision = decide(journey, run, known, now=START + days(2))
    over = rest(journey, a_situation(run, known, START + days(2)))

    assert decision == Exit("order_placed", "order-1")
    assert over.end == End(at, a_cart().content)


def test_a_cart_of_another_who_bears_the_address_is_none() -> None:
    journey = a_journey(
        Wait("w", days(5)), A, enroll=On(CartChanged, key="cart_id"), exit=On(CartEmptied, key="cart_id")
    )
    run = before(journey, "w", subject="cart-1")
    known = replace(facts(a_cart()), at_address=(facts(a_cart(at=START + days(1), lines=0)),))

    assert isinstance(decide(journey, run, known, now=START + days(2)), Sleep)


def test_the_occasion_of_a_cart_that_changed_hands_ends_when_it_began() -> None:
    """What becomes of the cart there is not this occasion's, nor what it is if it comes back."""
    journey = a_journey(Wait("w", days(5)), A, enroll=On(CartChanged, key="cart_id"), exit=On(OrderPlaced))
    run = before(journey, "w", subject="cart-1")

    over = rest(journey, replace(a_situation(run, now=START + days(2)), facts=facts()))

    assert (over.status, over.end) == (Status.ENDED, End(run.entered_at, None))
