"""A send or a notice is due, or left out with the reason."""

from chalicelib.domain.journeys.engine import Deliver, Exit, Sleep, advance
from chalicelib.domain.journeys.journey import Notify, Send, Wait, days
from chalicelib.domain.journeys.outcomes import Kind
from tests.builders import START, a_situation, outcomes_of
from tests.domain.enrollment.given import B, a_journey, before, decide, no, yes


def test_a_send_whose_condition_does_not_hold_is_left_out_with_the_reason() -> None:
    journey = a_journey(Send("a", "a", when=no))

    run, decision = advance(journey, a_situation(before(journey, "a")))

    assert decision == Exit("completed")
    assert outcomes_of(run) == [(Kind.SUPPRESSED, "a", "not_no")]


def test_a_send_whose_condition_holds_is_due() -> None:
    journey = a_journey(Send("a", "a", when=yes))

    assert decide(journey, before(journey, "a")) == Deliver(journey.steps[0])  # type: ignore[arg-type]


def test_after_a_send_that_was_left_out_the_next_wait_counts_from_when_it_was_due() -> None:
    journey = a_journey(Send("a", "a", when=no), Wait("w", days(4)), B)

    assert decide(journey, before(journey, "a"), now=START + days(3)) == Sleep(START + days(4))


def test_a_notice_to_the_team_is_delivered_or_silently_passed() -> None:
    tell, pass_by = a_journey(Notify("n", "n", when=yes)), a_journey(Notify("n", "n", when=no))

    run, decision = advance(pass_by, a_situation(before(pass_by, "n")))

    assert isinstance(decide(tell, before(tell, "n")), Deliver)
    assert (decision, outcomes_of(run)) == (Exit("completed"), [])
