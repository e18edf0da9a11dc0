"""A message that is due longer than its limit is left out, and what follows counts from when it was due."""

from datetime import datetime, timedelta

import pytest

from chalicelib.domain.facts.cart import CartChanged
from chalicelib.domain.journeys.eligibility import QUIET_HOURS, Deferred
from chalicelib.domain.journeys.engine import Deliver, Exit, Sleep, advance, rest
from chalicelib.domain.journeys.journey import (
    CoolDown,
    Defer,
    Notify,
    On,
    OrderFulfilled,
    Send,
    Step,
    Wait,
    days,
    hours,
)
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.journeys.settlement import judged
from tests.builders import START, a_cart, a_situation, an_order, facts, outcomes_of
from tests.domain.enrollment.given import A, B, a_journey, before, decide, no, yes

INSTANT = timedelta(milliseconds=1)
LEFT_OUT = [(Kind.SUPPRESSED, "a", "too_late")]


@pytest.mark.parametrize(
    ("late", "after", "goes"),
    [
        (days(3), days(3), True),
        (days(3), days(3) + INSTANT, False),
        (hours(12), hours(12), True),
        (hours(12), hours(12) + INSTANT, False),
        (None, days(400), True),
    ],
)
def test_a_message_may_be_late_by_its_limit_counted_from_the_end_of_its_wait(
    late: timedelta | None, after: timedelta, goes: bool
) -> None:
    message = Send("a", "a", capped=Defer(timedelta(0)), late=late)
    journey = a_journey(Wait("w", days(1)), message, grace=hours(1))

    run, decision = advance(journey, a_situation(before(journey, "w"), now=START + days(1) + after))

    assert decision == (Deliver(message) if goes else Exit("completed"))
    assert outcomes_of(run) == ([] if goes else LEFT_OUT)


def test_it_is_recorded_when_it_was_left_out() -> None:
    journey, now = a_journey(Wait("w", days(1)), Send("a", "a")), START + days(9)

    run, _ = advance(journey, a_situation(before(journey, "w"), now=now))

    assert [outcome.at for outcome in run.outcomes.values() if outcome.kind is Kind.SUPPRESSED] == [now]


def test_without_a_word_of_its_own_a_message_may_be_three_days_late() -> None:
    assert Send("a", "a").late == days(3)


@pytest.mark.parametrize("steps", [(A,), (Notify("n", "n", when=no), A)])
def test_without_a_wait_it_counts_from_when_the_step_before_ran(steps: tuple[Step, ...]) -> None:
    journey = a_journey(*steps)
    run = before(journey, steps[0].name, ran_at=START)

    assert decide(journey, run, now=START + days(3)) == Deliver(A)
    assert decide(journey, run, now=START + days(3) + INSTANT) == Exit("completed")


def test_a_wait_for_an_event_ends_with_the_event_however_late_that_is_told() -> None:
    journey = a_journey(Wait("w", On(OrderFulfilled, key="order_id"), timeout=days(9)), A)
    known = facts(an_order(fulfilled_at=START + days(1)))

    assert decide(journey, before(journey, "w"), known, now=START + days(4)) == Deliver(A)
    assert decide(journey, before(journey, "w"), known, now=START + days(4) + INSTANT) == Exit("completed")


def test_waits_after_a_message_left_out_count_from_when_it_was_due() -> None:
    journey = a_journey(Wait("w", days(1)), A, Wait("w2", days(9)), B)

    run, decision = advance(journey, a_situation(before(journey, "w"), now=START + days(5)))

    assert (run.step, decision) == ("w2", Sleep(START + days(10)))
    assert outcomes_of(run) == LEFT_OUT


def test_what_is_due_meanwhile_and_not_too_late_goes_at_once() -> None:
    journey = a_journey(Wait("w", days(1)), A, Wait("w2", days(2)), B)

    run, decision = advance(journey, a_situation(before(journey, "w"), now=START + days(5)))

    assert (run.ran_at, decision) == (START + days(3), Deliver(B))


def test_of_a_long_stop_every_message_says_why_it_was_left_out() -> None:
    journey = a_journey(Wait("w", days(1)), A, Wait("w2", days(2)), B)

    run, decision = advance(journey, a_situation(before(journey, "w"), now=START + days(12)))

    assert decision == Exit("completed")
    assert outcomes_of(run) == [*LEFT_OUT, (Kind.SUPPRESSED, "b", "too_late")]


@pytest.mark.parametrize("noticed", [days(2), hours(1)])
def test_a_deferral_moves_no_limit_also_if_it_was_noticed_late(noticed: timedelta) -> None:
    """Noticed two days late, deferred to the morning; and then nothing was sent for days."""
    journey = a_journey(Wait("w", days(1)), A)
    due = START + days(1)
    deferred = _deferred(journey_run=before(journey, "w"), now=due + noticed, until=due + noticed + hours(10))

    assert decide(journey, deferred, now=due + days(3)) == Deliver(A)
    assert decide(journey, deferred, now=due + days(3) + INSTANT) == Exit("completed")


def _deferred(journey_run: Enrollment, now: datetime, until: datetime) -> Enrollment:
    journey = a_journey(Wait("w", days(1)), A)
    situation = a_situation(journey_run, now=now)
    ahead, _ = advance(journey, situation)
    return judged(journey, a_situation(ahead, now=now), Deferred(until, QUIET_HOURS))


def test_a_message_that_nobody_gets_anyway_has_that_reason() -> None:
    journey = a_journey(Wait("w", days(1)), Send("a", "a", when=no))

    run, _ = advance(journey, a_situation(before(journey, "w"), now=START + days(12)))

    assert outcomes_of(run) == [(Kind.SUPPRESSED, "a", "not_no")]


def test_a_run_that_is_over_is_over_also_if_its_message_is_too_late() -> None:
    journey = a_journey(
        Wait("w", days(1)), A, enroll=On(CartChanged, key="cart_id"), exit=On(OrderFulfilled), reentry=CoolDown(days(7))
    )
    run = before(journey, "w", trigger="CartChanged", subject="cart-1")
    over = facts(a_cart(), an_order(fulfilled_at=START + days(1)))

    assert decide(journey, run, over, now=START + days(12)) == Exit("order_fulfilled", "order-1")


def test_a_notice_to_the_team_is_never_too_late() -> None:
    notice = Notify("n", "n", when=yes)
    journey = a_journey(Wait("w", days(1)), notice)

    assert decide(journey, before(journey, "w"), now=START + days(400)) == Deliver(notice)


def test_a_run_that_rests_late_leaves_out_what_is_too_late_and_sleeps_on_schedule() -> None:
    journey = a_journey(Wait("w", days(1)), A, Wait("w2", days(9)), B)

    rested = rest(journey, a_situation(before(journey, "w"), now=START + days(5)))

    assert (rested.step, rested.due_at) == ("w2", START + days(10))
