"""What a run records as it goes on and ends, and on whose clock its first wait is."""

from dataclasses import replace
from datetime import datetime, time

from chalicelib.domain.facts.answer import SurveyAnswered
from chalicelib.domain.facts.cart import CartChanged
from chalicelib.domain.facts.order import OrderPlaced
from chalicelib.domain.journeys.engine import Deliver, Exit, Sleep, advance, enroll, exit_reason, rest
from chalicelib.domain.journeys.journey import At, Branch, Notify, On, Send, Split, Wait, days, hours
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.settlement import sent_outcome
from chalicelib.domain.journeys.situation import Situation
from chalicelib.domain.journeys.waits import wake_time
from tests.builders import START, a_cart, a_situation, an_answer, an_enrollment, an_order, facts, outcomes_of, utc
from tests.domain.enrollment.given import A, B, a_journey, before, decide, no


def test_an_exit_is_recorded_now_with_the_order_that_caused_it() -> None:
    journey = a_journey(Wait("w", days(2)), A, exit=On(OrderPlaced))
    order = an_order("order-2", START + hours(1))

    run = rest(journey, a_situation(before(journey, "w"), facts(an_order(), order), START + hours(5)))

    assert run.outcomes["exited"] == Outcome(
        "exited", Kind.EXITED, START + hours(5), step="w", reason="order_placed", about="order-2"
    )


def test_a_message_that_was_left_out_is_recorded_now() -> None:
    journey = a_journey(Send("a", "a", when=no))

    run, _ = advance(journey, a_situation(before(journey, "a"), now=START + hours(5)))

    assert [outcome.at for outcome in run.outcomes.values() if outcome.kind is Kind.SUPPRESSED] == [START + hours(5)]


def test_after_a_notice_that_was_passed_by_the_next_step_follows() -> None:
    journey = a_journey(Notify("n", "n", when=no), Wait("w", days(1)), A)

    assert decide(journey, before(journey, "n")) == Sleep(START + days(1))


def test_after_a_message_that_came_too_late_the_next_step_follows() -> None:
    def noon(_: Situation) -> datetime:
        return utc("2026-03-02 12:00")

    journey = a_journey(Wait("w", since=noon), B, Wait("w2", days(1)), A)
    run = before(journey, "w", message_at=START + hours(3))

    after, decision = advance(journey, a_situation(run, now=START + hours(4)))

    assert outcomes_of(after) == [(Kind.SUPPRESSED, "b", "too_late")]
    assert after.step == "w2"
    assert isinstance(decision, Sleep)


def test_a_late_report_of_the_first_try_makes_its_time_that_of_the_message() -> None:
    journey = a_journey(A, Wait("w", days(1)), B)
    run = before(journey, "a", tries=1)
    first = sent_outcome(replace(run, tries=0).send_id, "a", START - hours(2))

    after, decision = advance(journey, a_situation(run.with_outcome(first)))

    assert (after.step, after.ran_at, after.message_at) == ("w", START - hours(2), START - hours(2))
    assert decision == Sleep(START - hours(2) + days(1))


def test_a_time_of_day_that_is_just_now_is_now_if_nothing_was_sent_at_it() -> None:
    journey = a_journey(Wait("w", At(time(10))), A)

    assert decide(journey, before(journey, "w"), now=START - hours(1)) == Sleep(START)


def test_a_first_wait_for_a_time_of_day_is_on_the_shop_s_clock() -> None:
    journey = a_journey(Wait("w", At(time(9))), A)
    ordered = OrderPlaced("order-1", START, an_order())

    run = enroll(journey, ordered, "ann", facts(an_order()), START, Policy(zone="Asia/Seoul"))

    assert run is not None
    assert run.due_at == utc("2026-03-03 00:00")


def test_the_activity_of_a_cart_that_is_not_there_any_more_is_that_of_its_first_report() -> None:
    journey = a_journey(Wait("w", hours(24), since="activity"), A, enroll=On(CartChanged, key="cart_id"))
    wait = journey.steps[0]
    assert isinstance(wait, Wait)

    situation = Situation(an_enrollment(journey, subject="cart-1"), facts(), START)

    assert wake_time(wait, situation) == START + hours(24)


def test_a_variant_without_steps_goes_on_with_what_follows_the_split() -> None:
    journey = a_journey(Split("s", {"none": (), "more": (A,)}, {"none": 1, "more": 0}), Wait("w", days(1)), B)

    assert decide(journey, before(journey, "s")) == Sleep(START + days(1))


def is_ann(situation: Situation) -> bool:
    return situation.facts.customer.key == "ann"


def tomorrow(situation: Situation) -> datetime:
    return situation.enrollment.entered_at + days(1)


def test_conditions_and_moments_are_functions_of_the_situation() -> None:
    send, notice = Send("a", "a", when=is_ann), Notify("n", "n", when=is_ann)
    branch, wait = Branch("way", is_ann, then=(A,), otherwise=(B,)), Wait("w", since=tomorrow)

    assert decide(a_journey(send), before(a_journey(send), "a")) == Deliver(send)
    assert decide(a_journey(notice), before(a_journey(notice), "n")) == Deliver(notice)
    assert decide(a_journey(branch), before(a_journey(branch), "way")) == Deliver(A)
    assert decide(a_journey(wait, A), before(a_journey(wait, A), "w")) == Sleep(START + days(1))


def test_after_an_empty_way_the_next_wait_counts_from_there() -> None:
    journey = a_journey(Branch("way", no, then=(A,)), Wait("w", days(1)), B)

    assert decide(journey, before(journey, "way")) == Sleep(START + days(1))


def test_an_occasion_ends_with_the_first_of_several_exits_in_whichever_order_they_are_known() -> None:
    journey = a_journey(
        Wait("left", days(1)), A, enroll=On(CartChanged, key="cart_id"), exit=On(OrderPlaced, key="cart_id")
    )
    orders = [an_order(f"o{n}", START + hours(n), cart_id="cart-1") for n in (2, 1, 3)]
    run = an_enrollment(journey, subject="cart-1")

    ended = rest(journey, a_situation(run, facts(a_cart(), *orders), START + hours(9)))

    assert ended.end is not None
    assert ended.end.at == START + hours(1)


def test_a_run_whose_order_or_cart_is_another_customer_s_by_now_is_over() -> None:
    by_cart = a_journey(A, enroll=On(CartChanged, key="cart_id"))

    for journey, subject, known in ((a_journey(A), "order-1", an_order()), (by_cart, "cart-1", a_cart())):
        run = before(journey, "a", subject=subject)
        assert advance(journey, Situation(run, facts(), START))[1] == Exit("changed_hands")
        assert advance(journey, Situation(run, facts(known), START))[1] == Deliver(A)


def test_an_order_s_run_keeps_it_by_an_answer_only_if_it_asked() -> None:
    asking = a_journey(Wait("w", On(SurveyAnswered, key="order_id"), timeout=days(9)), A)
    answered = facts(an_answer("order-1", START + days(1)))

    for journey, is_kept in ((asking, True), (a_journey(Wait("w", days(9)), A), False)):
        run = before(journey, "w", subject="order-1")
        assert exit_reason(journey, replace(a_situation(run), facts=answered)) == (None if is_kept else "changed_hands")
        assert exit_reason(journey, replace(a_situation(run), facts=facts())) == "changed_hands"


def test_an_order_s_cart_counts_only_where_runs_bear_its_id() -> None:
    by_order, by_cart = (a_journey(A, enroll=On(OrderPlaced, key=key)) for key in ("order_id", "cart_id"))
    made_of_it = facts(an_order("order-9", cart_id="order-1"))
    itself = facts(an_order("order-1"))
    of_another_cart = facts(an_order("order-1", cart_id="cart-7"))

    for journey, known, is_kept in (
        (by_order, made_of_it, False),
        (by_order, itself, True),
        (by_order, of_another_cart, True),
        (by_cart, made_of_it, True),
        (by_cart, itself, True),
        (by_cart, of_another_cart, False),
        (by_cart, facts(), False),
    ):
        run = before(journey, "a", subject="order-1")
        assert (advance(journey, Situation(run, known, START))[1] == Deliver(A)) is is_kept
