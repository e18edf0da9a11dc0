"""What a corrected fact changes in runs: their values and scores, and whether an exit by an order still holds."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.order import Order, OrderCancelled, OrderPlaced, OrderRefunded
from chalicelib.domain.journeys.corrections import begun_anew, corrected, net_value, reopened
from chalicelib.domain.journeys.engine import rest
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.journey import MARKETING, Journey, On, Send, Wait, days
from chalicelib.domain.journeys.moments import is_kept
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.run import CHANGED_HANDS, Enrollment, Status
from chalicelib.domain.journeys.situation import Situation
from chalicelib.domain.money import Money
from tests.builders import START, a_situation, an_answer, an_enrollment, an_order, facts

JOURNEY = Journey(
    key="hello",
    version=1,
    purpose=MARKETING,
    enroll=On(OrderPlaced, key="order_id"),
    exit=On(OrderPlaced, when=is_kept) | On(OrderCancelled, key="order_id") | On(OrderRefunded, key="order_id"),
    steps=(Wait("w", days(10)), Send("a", "a"), Wait("w2", days(1)), Send("b", "b")),
)
RUN = an_enrollment(JOURNEY, due_at=START + days(10))
FIRST = an_order("order-1", START)
NEXT = an_order("order-2", START + days(1), total=2000)
CANCELLED = replace(NEXT, cancelled_at=START + days(2))
AFTERWARDS = START + days(4)
MILLISECOND = timedelta(milliseconds=1)


def ended(*orders: Order, run: Enrollment = RUN) -> Enrollment:
    """The run, which these orders ended three days after it began."""
    over = rest(JOURNEY, a_situation(run, facts(FIRST, *orders), START + days(3)))
    assert over.status is Status.ENDED
    return over


def looked_at(run: Enrollment, *orders: Order, now: datetime = AFTERWARDS) -> Enrollment:
    """The run after these orders were told as they are now."""
    return reopened(JOURNEY, a_situation(run, facts(*(orders or (FIRST,))), now))


# Values and scores


@pytest.mark.parametrize(
    ("order", "amount"),
    [
        (an_order(total=2000, refunded=500), 1500),
        (an_order(total=2000, refunded=2000), 0),
        (an_order(total=2000, refunded=2100), 0),
        (an_order(total=2000, cancelled_at=START), 0),
    ],
)
def test_an_order_brings_what_is_left_of_it_and_never_less_than_nothing(order: Order, amount: int) -> None:
    assert net_value(order) == Money(amount, "USD")


def test_every_value_of_an_order_is_what_it_brings_now_and_a_score_is_the_last_answer_s() -> None:
    value = Money(2000, "USD")
    run = (
        an_enrollment(first_allowed_at=START)
        .with_outcome(Outcome("ordered#order-2", Kind.ORDERED, START, value=value, about="order-2"))
        .with_outcome(Outcome("converted", Kind.CONVERTED, START, value=value, about="order-2"))
        .with_outcome(Outcome("attributed#gone", Kind.ATTRIBUTED, START, value=value, about="gone"))
        .with_outcome(Outcome("answered", Kind.ANSWERED, START, score=3))
    )

    now = corrected(run, facts(replace(NEXT, refunded=800), an_answer("order-1", score=9)))

    assert {name: outcome.value for name, outcome in now.outcomes.items() if outcome.value} == {
        "ordered#order-2": Money(1200, "USD"),
        "converted": Money(1200, "USD"),
        "attributed#gone": value,
    }
    assert now.outcomes["answered"].score == 9


def test_a_run_that_was_allowed_nothing_converted_nobody() -> None:
    run = an_enrollment().with_outcome(
        Outcome("converted", Kind.CONVERTED, START, value=Money(2000, "USD"), about="order-2")
    )

    assert set(corrected(run, facts(NEXT)).outcomes) == {"enrolled"}


def test_a_run_of_which_nothing_has_changed_is_the_same() -> None:
    run = an_enrollment().with_outcome(
        Outcome("ordered#order-2", Kind.ORDERED, START, value=Money(2000, "USD"), about="order-2")
    )

    assert corrected(run, facts(NEXT)) is run


def test_only_an_answer_takes_the_score_of_the_answer() -> None:
    run = an_enrollment().with_outcome(Outcome("opened#1", Kind.OPENED, START))

    assert corrected(run, facts(an_answer("order-1", score=9))) is run


# Exits


def test_a_run_that_an_order_had_ended_goes_on_where_it_was_once_the_order_is_cancelled() -> None:
    run = ended(NEXT)

    back = looked_at(run, FIRST, CANCELLED)

    assert (back.status, back.step, back.due_at) == (Status.WAITING, "w", START + days(10))
    assert set(back.outcomes) == {"enrolled"}


def test_a_run_that_a_cancellation_had_ended_goes_on_once_the_order_is_one_again() -> None:
    run = rest(JOURNEY, a_situation(RUN, facts(replace(FIRST, cancelled_at=START + days(2))), START + days(3)))

    assert looked_at(run, FIRST).step == "w"


def test_while_another_order_still_ends_it_a_run_stays_ended() -> None:
    run = ended(NEXT)

    assert looked_at(run, FIRST, CANCELLED, an_order("order-3", START + days(2))) is run


def test_an_order_that_is_still_one_takes_back_no_exit() -> None:
    """Not even if it is told with another time: thousands of runs need not be looked at for each order."""
    run = ended(NEXT)

    assert looked_at(run, FIRST, NEXT) is run
    assert looked_at(run, FIRST, replace(NEXT, placed_at=START - days(9))) is run


def test_what_another_reason_ended_or_nothing_did_stays_as_it_is() -> None:
    completed = replace(RUN, step="b").ended(START + days(3), "completed")
    nameless = RUN.ended(START, "order_placed")  # no order
    open_again = replace(ended(NEXT), status=Status.WAITING, step="w", due_at=START + days(10))

    for run in (RUN, completed, nameless, open_again):
        assert looked_at(run, FIRST, CANCELLED) is run


def test_an_order_that_became_another_customer_s_takes_back_its_exit() -> None:
    run = ended(NEXT)

    assert looked_at(run, FIRST).step == "w"


def test_a_run_goes_on_once_its_order_is_back() -> None:
    away = RUN.ended(START + days(2), CHANGED_HANDS)

    assert looked_at(away, NEXT) is away
    assert looked_at(away, FIRST).step == "w"


def test_an_order_of_another_who_bears_the_address_takes_back_its_exit_once_it_is_cancelled() -> None:
    run = ended(NEXT)
    guest = replace(facts(NEXT), customer=replace(facts().customer, key="guest"))
    cancelled = replace(facts(CANCELLED), customer=guest.customer)

    def beside(other: Facts) -> Situation:
        return Situation(run, replace(facts(FIRST), at_address=(other,)), START + days(4))

    assert reopened(JOURNEY, beside(guest)) is run
    assert reopened(JOURNEY, beside(cancelled)).step == "w"


def test_an_exit_by_another_s_order_says_whose_it_was_and_stays_unless_that_one_is_seen_without_it() -> None:
    guest, other = (replace(facts().customer, key=key * 32) for key in ("g", "o"))

    def beside(*others: Facts, run: Enrollment = RUN) -> Situation:
        return Situation(run, replace(facts(FIRST), at_address=others), START + days(3))

    run = rest(JOURNEY, beside(replace(facts(), customer=other), replace(facts(NEXT), customer=guest)))
    without = replace(facts(), customer=guest)

    assert (run.status, run.outcomes["exited"].about, run.outcomes["exited"].whose) == (
        Status.ENDED,
        "order-2",
        "g" * 16,
    )
    assert reopened(JOURNEY, beside(run=run)) is run
    assert reopened(JOURNEY, beside(replace(without, customer=other), run=run)) is run
    assert reopened(JOURNEY, beside(without, run=run)).step == "w"
    assert ended(NEXT).outcomes["exited"].whose is None


def test_a_run_that_ended_at_no_step_has_none_to_go_on_at() -> None:
    done = ended(NEXT)
    nowhere = replace(done, outcomes={**done.outcomes, "exited": replace(done.outcomes["exited"], step=None)})

    assert looked_at(nowhere, FIRST, CANCELLED) is nowhere


@pytest.mark.parametrize(("late", "goes_on"), [(days(3), True), (days(3) + MILLISECOND, False)])
def test_a_run_whose_wait_was_over_longer_than_the_grace_stays_ended(late: timedelta, goes_on: bool) -> None:
    run = ended(NEXT)

    back = looked_at(run, FIRST, CANCELLED, now=START + days(10) + late)

    assert (back.status is Status.WAITING) is goes_on
    assert (back is run) is not goes_on


def test_a_run_that_ended_at_a_message_goes_on_at_it() -> None:
    run = ended(NEXT, run=replace(RUN, step="a", ran_at=START + days(3)))

    back = looked_at(run, FIRST, CANCELLED, now=START + days(5))

    assert (back.status, back.step, back.due_at) == (Status.WAITING, "a", START + days(5))


# A launch that is announced anew

FRESH = an_enrollment(
    JOURNEY,
    due_at=START + days(9),
    arm=Arm.HOLDOUT,
    entered_at=START + days(5),
    outcomes={"enrolled": Outcome("enrolled", Kind.ENROLLED, START + days(5))},
)
OVER = replace(
    an_enrollment(JOURNEY, known_as="younger", version=7).ended(START + days(3), "completed"), ordered={"USD": 5}
).with_outcome(Outcome("suppressed#a#1", Kind.SUPPRESSED, START, step="a", reason="no_address"))


def test_a_run_that_ended_before_any_message_begins_anew_as_its_subject_is_now() -> None:
    again = begun_anew(OVER, FRESH, START + days(2), START + days(4))

    assert (again.status, again.due_at, again.entered_at) == (Status.WAITING, FRESH.due_at, FRESH.entered_at)
    assert (again.arm, again.known_as, again.version, again.ordered) == (OVER.arm, "younger", 7, {"USD": 5})
    assert again.outcomes == {"enrolled": OVER.outcomes["enrolled"]}


def test_one_that_ended_before_the_change_begins_anew_though_it_is_due_by_now() -> None:
    due = replace(FRESH, due_at=START + days(4))

    assert begun_anew(OVER, due, START + days(3) + timedelta(minutes=1), START + days(4)).status is Status.WAITING
    assert begun_anew(OVER, due, START + days(3), START + days(4)) is OVER


@pytest.mark.parametrize("reason", ["order_placed", "order_refunded"])
def test_who_bought_is_not_invited_once_more(reason: str) -> None:
    bought = an_enrollment(JOURNEY).ended(START + days(3), reason)

    assert begun_anew(bought, replace(FRESH, due_at=START + days(4)), START + days(4), START + days(4)) is bought


@pytest.mark.parametrize(
    ("run", "fresh"),
    [
        (replace(OVER, first_allowed_at=START), FRESH),
        (OVER.with_outcome(Outcome("sent#a", Kind.SENT, START, step="a")), FRESH),
        (an_enrollment(JOURNEY).ended(START, "MessageRejected", Kind.FAILED), FRESH),
        (OVER, replace(FRESH, due_at=START + days(4))),
        (OVER, replace(FRESH, due_at=None)),
    ],
    ids=["allowed", "sent", "failed", "due by now", "not due"],
)
def test_any_other_stays_over(run: Enrollment, fresh: Enrollment) -> None:
    assert begun_anew(run, fresh, START + days(3), START + days(4)) is run


def test_a_conversion_by_no_order_does_not_depend_on_orders() -> None:
    conversion = Outcome("converted", Kind.CONVERTED, START, about="order-9")
    run = replace(RUN, first_allowed_at=START).with_outcome(conversion)

    assert "converted" in corrected(run, facts(FIRST)).outcomes
    assert "converted" not in corrected(replace(run, first_allowed_at=None), facts(FIRST)).outcomes


def test_an_order_that_became_another_s_converted_nobody_here() -> None:
    conversion = Outcome("converted", Kind.CONVERTED, START, value=Money(1000, "USD"), about="order-9")
    run = replace(RUN, first_allowed_at=START).with_outcome(conversion)

    assert "converted" not in corrected(run, facts(FIRST)).outcomes
    assert "converted" in corrected(run, facts(FIRST, an_order("order-9"))).outcomes


@pytest.mark.parametrize(
    ("reason", "about"), [("order_placed", "order-2"), ("launch_withdrawn", None), ("launch_ended", "launch-1")]
)
def test_what_ended_by_an_order_or_a_launch_that_is_gone_goes_on(reason: str, about: str | None) -> None:
    run = RUN.ended(START + days(3), reason, about=about)

    assert looked_at(run, FIRST).status is Status.WAITING
