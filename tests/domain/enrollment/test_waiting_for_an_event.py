"""A wait for an event is over when that happens or its time is up."""

from chalicelib.domain.facts.answer import SurveyAnswered
from chalicelib.domain.journeys.engine import Deliver, Sleep
from chalicelib.domain.journeys.journey import On, OrderFulfilled, Wait, days, hours, minutes
from chalicelib.domain.journeys.settlement import claimed, sent
from tests.builders import START, a_situation, an_answer, an_order, facts
from tests.domain.enrollment.given import A, B, a_journey, before, decide

FULFILLED = On(OrderFulfilled, key="order_id")


def test_a_wait_for_an_event_is_over_when_it_happens() -> None:
    journey = a_journey(Wait("w", FULFILLED, timeout=days(5)), A)
    known = facts(an_order(fulfilled_at=START + days(2)))

    assert decide(journey, before(journey, "w"), known, now=START + days(2)) == Deliver(A)


def test_a_wait_for_an_event_is_over_when_its_time_is() -> None:
    journey = a_journey(Wait("w", FULFILLED, timeout=days(5)), A)

    assert decide(journey, before(journey, "w"), facts(an_order())) == Sleep(START + days(5))
    assert decide(journey, before(journey, "w"), facts(an_order()), now=START + days(5)) == Deliver(A)


def test_another_orders_event_does_not_count() -> None:
    journey = a_journey(Wait("w", FULFILLED, timeout=days(5)), A)
    known = facts(an_order(), an_order("order-2", fulfilled_at=START))

    assert decide(journey, before(journey, "w"), known) == Sleep(START + days(5))


def test_what_the_facts_say_will_happen_has_not_happened_yet() -> None:
    journey = a_journey(Wait("w", FULFILLED, timeout=days(5)), A)
    announced = facts(an_order(fulfilled_at=START + days(2)))

    assert decide(journey, before(journey, "w"), announced) == Sleep(START + days(5))


def test_either_of_two_events_ends_the_wait() -> None:
    journey = a_journey(Wait("w", FULFILLED | On(SurveyAnswered, key="order_id"), timeout=days(5)), A)
    known = facts(an_order(), an_answer(at=START + days(1)))

    assert decide(journey, before(journey, "w"), known, now=START + days(1)) == Deliver(A)


def test_an_event_that_came_before_the_last_message_does_not_bring_the_next_one_with_it() -> None:
    """On time the two would have been four days apart; the machine slept, and finds the fulfilment long over."""
    journey = a_journey(Wait("w0", days(1)), A, Wait("w", FULFILLED, timeout=days(9)), B)
    known = facts(an_order(fulfilled_at=START + days(5)))
    late = START + days(10)
    run = claimed(before(journey, "a"), late, minutes(5))

    after = sent(journey, a_situation(run, known, now=late))

    assert after.due_at is None or after.due_at > late + hours(1)
