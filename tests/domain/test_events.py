"""Events of facts: which ones, when, about what, and which are new."""

from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.facts.answer import SurveyAnswered
from chalicelib.domain.facts.cart import CartChanged, CartEmptied
from chalicelib.domain.facts.consent import Purpose, Unsubscribed, Unsubscription
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.launch import LaunchAnnounced, LaunchEnded, LaunchWithdrawn
from chalicelib.domain.facts.order import OrderCancelled, OrderFulfilled, OrderPlaced
from chalicelib.domain.journeys.situation import event_key
from tests.builders import START, a_cart, a_customer, a_launch, an_answer, an_order, facts

LATER = START + timedelta(days=2)


def kinds(*things: Fact) -> list[type]:
    return [type(event) for thing in things for event in thing.events()]


def test_a_cart_tells_that_it_changed_or_is_empty() -> None:
    assert kinds(a_cart(), a_cart(lines=0)) == [CartChanged, CartEmptied]


def test_an_order_tells_all_that_became_of_it_each_at_its_own_time() -> None:
    order = an_order(at=START, fulfilled_at=LATER, cancelled_at=LATER + timedelta(days=1))

    assert [(type(event), event.key, event.at) for event in order.events()] == [
        (OrderPlaced, "order-1", START),
        (OrderFulfilled, "order-1", LATER),
        (OrderCancelled, "order-1", LATER + timedelta(days=1)),
    ]


def test_a_launch_is_announced_or_withdrawn_and_never_both() -> None:
    assert kinds(a_launch(), a_launch(withdrawn=True)) == [LaunchAnnounced, LaunchWithdrawn]


def test_answers_and_refusals_tell_of_themselves_and_a_profile_of_nothing() -> None:
    refusal = Unsubscription(Purpose.MARKETING, START)

    assert kinds(an_answer(), refusal, a_customer()) == [SurveyAnswered, Unsubscribed]


def test_the_first_version_of_a_fact_is_all_news() -> None:
    assert [type(event) for event in an_order(fulfilled_at=LATER).news(None)] == [OrderPlaced, OrderFulfilled]


def test_a_later_version_tells_only_what_the_former_did_not() -> None:
    old, new = an_order(), an_order(fulfilled_at=LATER, refunded=100)

    assert [type(event) for event in new.news(old)] == [OrderFulfilled]
    assert new.news(new) == []


def test_each_activity_of_a_cart_is_news() -> None:
    (event,) = a_cart(at=LATER).news(a_cart())

    assert (type(event), event.at) == (CartChanged, LATER)


def test_a_cart_that_is_only_saved_again_has_no_news() -> None:
    saved = replace(a_cart(at=LATER), left_at=START)

    assert saved.news(a_cart()) == []
    assert [(type(event), event.at) for event in saved.events()] == [(CartChanged, START)]


def test_a_cart_was_emptied_when_that_was_saved_whenever_its_customer_left_it() -> None:
    emptied = replace(a_cart(at=LATER, lines=0), left_at=START)

    assert [(type(event), event.at) for event in emptied.events()] == [(CartEmptied, LATER)]


def test_a_cart_that_is_dated_ahead_was_left_now_at_the_latest() -> None:
    hour = timedelta(hours=1)
    ahead = [replace(a_cart(at=LATER), left_at=left_at) for left_at in (LATER - hour, START - hour)]

    assert [cart.clamped(START, START).activity for cart in ahead] == [START, START - hour]


def test_history_tells_of_everything_that_is_known() -> None:
    known = facts(a_cart(), an_order(), an_answer(), Unsubscription(Purpose.SERVICE, START), a_launch())

    types = {type(event) for event in known.history(START)}

    assert types == {CartChanged, OrderPlaced, SurveyAnswered, Unsubscribed, LaunchAnnounced}


def test_a_launch_has_ended_from_its_last_instant_on() -> None:
    launch = a_launch()

    def has_ended(now: datetime) -> bool:
        return any(isinstance(event, LaunchEnded) for event in facts(launch).history(now))

    assert [has_ended(launch.ends_at - timedelta(milliseconds=1)), has_ended(launch.ends_at)] == [False, True]


def test_history_tells_of_nothing_that_is_still_to_come() -> None:
    announced = an_order(fulfilled_at=LATER)

    assert [type(event) for event in facts(announced).history(START)] == [OrderPlaced]


def test_an_event_carries_its_own_key_and_an_order_its_carts() -> None:
    placed = OrderPlaced("order-1", START, an_order(cart_id="cart-1"))

    assert event_key(placed, "order_id") == "order-1"
    assert event_key(placed, "cart_id") == "cart-1"
    assert event_key(placed, "launch_id") is None
    assert event_key(OrderPlaced("order-2", START, an_order("order-2")), "cart_id") is None
