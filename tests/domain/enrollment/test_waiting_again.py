"""A message that is put off goes back to the wait before it if the moment of that wait has moved meanwhile."""

from datetime import datetime, timedelta

import pytest

from chalicelib.domain.facts.cart import CartChanged, CartEmptied
from chalicelib.domain.journeys.engine import Deliver, Exit, Sleep, advance, rest
from chalicelib.domain.journeys.journey import Branch, Journey, Notify, On, Step, Wait, days, hours
from chalicelib.domain.journeys.run import Enrollment
from tests.builders import START, a_cart, a_situation, facts
from tests.domain.enrollment.given import A, a_journey, before, yes

CART = {"subject": "cart-1", "occurrence": "cart-1", "trigger": "CartChanged"}
LEFT = Wait("w", hours(24), since="activity")
DEFERRED = {"ran_at": START + hours(24), "deferred_since": START + hours(24), "due_at": START + hours(34)} | CART


def about_a_cart(*steps: Step) -> Journey:
    """A journey that a cart begins."""
    return a_journey(*steps, enroll=On(CartChanged, key="cart_id"), exit=On(CartEmptied, key="cart_id"))


def put_off(**more: object) -> Enrollment:
    """A run at its message, which is put off for the night."""
    return before(about_a_cart(LEFT, A), "a", **(DEFERRED | more))


def at(run: Enrollment, changed_at: datetime, now: datetime) -> tuple[Enrollment, object]:
    """What it does when the cart was last changed at that time."""
    cart = a_cart("cart-1", changed_at)
    return advance(about_a_cart(LEFT, A), a_situation(run, facts(cart), now))


def test_it_waits_again_from_where_it_counts_and_every_attempt_is_left() -> None:
    now = START + hours(34)

    run, decision = at(put_off(attempts=3, throttled=2), now - timedelta(minutes=5), now)

    assert decision == Sleep(now - timedelta(minutes=5) + hours(24))
    assert (run.step, run.ran_at, run.deferred_since) == ("w", START + hours(24), None)
    assert (run.attempts, run.throttled) == (0, 0)


@pytest.mark.parametrize("changed_at", [START - days(1), START, START + hours(10)])
def test_it_goes_if_the_wait_is_over_by_the_facts_as_they_are(changed_at: datetime) -> None:
    run, decision = at(put_off(), changed_at, START + hours(34))

    assert (run.step, decision) == ("a", Deliver(A))


def test_a_message_that_may_have_been_sent_does_not_wait_again() -> None:
    run, decision = at(put_off(tries=1), START + hours(33), START + hours(34))

    assert (run.step, decision) == ("a", Deliver(A))


@pytest.mark.parametrize("wait", [Wait("w", days(9)), Wait("w", days(9), since="trigger")])
def test_a_wait_that_counts_from_what_does_not_move_is_over(wait: Wait) -> None:
    run, decision = advance(
        about_a_cart(wait, A), a_situation(put_off(), facts(a_cart("cart-1", START + hours(33))), START + hours(34))
    )

    assert (run.step, decision) == ("a", Deliver(A))


def test_only_the_wait_right_before_it_counts() -> None:
    between = about_a_cart(LEFT, Notify("n", "n"), A)
    joined = about_a_cart(LEFT, Branch("b", when=yes, then=(Notify("n", "n"),)), A)
    changed = facts(a_cart("cart-1", START + hours(33)))

    for journey in (between, joined):
        run, decision = advance(journey, a_situation(put_off(), changed, START + hours(34)))
        assert (run.step, decision) == ("a", Deliver(A))


def test_a_notice_to_the_team_waits_again_too() -> None:
    journey = about_a_cart(LEFT, Notify("a", "a"))

    again = rest(journey, a_situation(put_off(), facts(a_cart("cart-1", START + hours(33))), START + hours(34)))

    assert (again.step, again.due_at) == ("w", START + hours(33) + hours(24))


def test_an_exit_comes_first() -> None:
    emptied = facts(a_cart("cart-1", START + hours(33), lines=0))

    _, decision = advance(about_a_cart(LEFT, A), a_situation(put_off(), emptied, START + hours(34)))

    assert decision == Exit("cart_emptied")
