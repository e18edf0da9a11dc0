"""What a run is from its first moment: what it is about, since when, in which arm and in whose days."""

from datetime import datetime
from typing import Any

from chalicelib.domain.facts.cart import CartChanged
from chalicelib.domain.facts.fact import Event
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.order import OrderPlaced
from chalicelib.domain.journeys.engine import enroll
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.journey import ONCE, Journey, On, Wait, days, hours
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment
from tests.builders import START, a_cart, an_order, facts, utc
from tests.domain.enrollment.given import A, a_journey

ORDER = an_order(cart_id="cart-9")
ORDERED = OrderPlaced("order-1", START, ORDER)


def begun(journey: Journey, event: Event = ORDERED, known: Facts | None = None, **more: Any) -> Enrollment:
    """The run that the event begins at ``START``."""
    given: dict[str, Any] = {"policy": Policy(), "now": START}
    run = enroll(journey, event, "ann", known or facts(ORDER), **(given | more))
    assert run is not None
    return run


def test_a_run_is_about_what_the_key_of_its_trigger_names() -> None:
    assert begun(a_journey(A)).subject == "order-1"
    assert begun(a_journey(A, enroll=On(OrderPlaced, key="cart_id"))).subject == "cart-9"


def test_without_a_key_or_where_the_event_lacks_it_a_run_is_about_the_event_s_own() -> None:
    bare = OrderPlaced("order-1", START, an_order())

    assert begun(a_journey(A, enroll=On(OrderPlaced), reentry=ONCE)).subject == "order-1"
    assert begun(a_journey(A, enroll=On(OrderPlaced, key="cart_id")), bare).subject == "order-1"


def test_the_condition_of_a_trigger_sees_the_customer_s_facts() -> None:
    def has_ordered(event: Event, known: Facts) -> bool:
        return event.key in known.orders

    assert begun(a_journey(A, enroll=On(OrderPlaced, key="order_id", when=has_ordered))).step == "a"


def test_everyone_is_in_the_arm_that_the_journey_s_holdout_puts_them_in() -> None:
    assert begun(a_journey(A, holdout=1.0)).arm is Arm.HOLDOUT
    assert begun(a_journey(A)).arm is Arm.TREATED


def test_the_days_of_a_run_s_outcomes_are_the_shop_s() -> None:
    assert begun(a_journey(A), policy=Policy(zone="Asia/Seoul")).zone == "Asia/Seoul"


def test_a_first_occasion_has_its_subject_s_name_a_later_one_its_time_as_well() -> None:
    first, again = begun(a_journey(A)), begun(a_journey(A), again=True, since=START - hours(1))

    assert (first.occurrence, first.again, first.since) == ("order-1", False, None)
    assert (again.occurrence, again.again, again.since) == (
        "order-1@2026-03-02T10:00:00.000Z", True, START - hours(1)
    )  # fmt: skip


def test_what_is_entered_once_is_called_so_in_the_stores() -> None:
    assert begun(a_journey(A, reentry=ONCE), again=True).occurrence == "once"


def test_a_run_is_enrolled_now_and_entered_at_the_time_of_its_event() -> None:
    now: datetime = utc("2026-03-02 15:00")

    run = begun(a_journey(Wait("w", days(1)), A), now=now)

    assert (run.entered_at, run.outcomes) == (START, {"enrolled": Outcome("enrolled", Kind.ENROLLED, now)})


def test_a_cart_s_run_begins_at_its_last_activity() -> None:
    cart = a_cart(at=START - hours(3))
    journey = a_journey(Wait("w", days(1)), A, enroll=On(CartChanged, key="cart_id"))

    assert begun(journey, CartChanged("cart-1", cart.activity, cart), facts(cart)).entered_at == START - hours(3)


def test_a_run_says_whose_it_is_of_which_journey_and_what_began_it() -> None:
    run = begun(a_journey(A))

    assert (run.customer, run.journey, run.journey_version, run.trigger) == ("ann", "hello", 1, "OrderPlaced")
