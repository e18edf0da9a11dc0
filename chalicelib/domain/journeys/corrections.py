"""What a corrected fact changes in runs: an order refunded or cancelled (or not any more), an answer given anew.

All of it is a function of the run and the facts as they are now, so it does not matter when the correction arrives,
nor how often.
"""

from dataclasses import replace
from datetime import datetime

from chalicelib.domain.facts.answer import SurveyAnswered
from chalicelib.domain.facts.facts import SUBJECTS, Facts
from chalicelib.domain.facts.order import Order
from chalicelib.domain.journeys.engine import exit_reason, rest
from chalicelib.domain.journeys.journey import Journey, Wait
from chalicelib.domain.journeys.outcomes import SENDS, Kind, Outcome
from chalicelib.domain.journeys.run import CHANGED_HANDS, MARK, Enrollment, Status
from chalicelib.domain.journeys.settlement import given_up, taken_up
from chalicelib.domain.journeys.situation import Situation
from chalicelib.domain.journeys.triggers import alternatives
from chalicelib.domain.journeys.waits import wake_time
from chalicelib.domain.money import Money

ANSWERED = "survey_answered"
"""The reason of the deferral of a failed run that was taken up for its answer."""
OF_ORDERS = frozenset({"order_placed", "order_cancelled", "order_refunded"})
"""The reasons of exits that an order can take back."""
OF_LAUNCHES = frozenset({"launch_withdrawn", "launch_ended"})
"""The reasons of exits that a launch can take back, which is announced again."""


def net_value(order: Order) -> Money:
    """What the order brings, net of refunds; nothing if it was cancelled."""
    return Money(order.net, order.total.currency)


def corrected(run: Enrollment, facts: Facts) -> Enrollment:
    """The run with the values of its orders, and the score of its answer, as they are now; the same run if they are.

    An order that became another customer's converted nobody here, and nobody was converted by a run that was allowed
    nothing: its first message was being sent, and was refused.
    """
    outcomes = {
        name: _corrected(run, outcome, facts)
        for name, outcome in run.outcomes.items()
        if not (outcome.kind is Kind.CONVERTED and _is_unearned(run, outcome, facts))
    }
    return run if outcomes == run.outcomes else replace(run, outcomes=outcomes)


def _is_unearned(run: Enrollment, conversion: Outcome, facts: Facts) -> bool:
    is_gone = conversion.value is not None and conversion.about not in facts.orders
    return is_gone or run.first_allowed_at is None


def _corrected(run: Enrollment, outcome: Outcome, facts: Facts) -> Outcome:
    if outcome.value and outcome.about and (order := facts.orders.get(outcome.about)):
        return replace(outcome, value=net_value(order))
    if outcome.kind is Kind.ANSWERED and (answer := facts.answers.get(run.subject)):
        return replace(outcome, score=answer.score)
    return outcome


def reopened(journey: Journey, situation: Situation) -> Enrollment:
    """A run that an order had ended and that this order ends no more, at the step where it was; else the same run.

    So does one whose order was another customer's for a while, and one whose launch was called off and is announced
    again. A run that was done, had failed or was ended by an order before its survey was answered is taken up again
    too, at its last wait for the answer. Else nothing begins late: if the wait at that step was over longer than
    ``grace`` ago, or the step is a message and the run ended longer ago, it stays ended.
    """
    run, facts = situation.enrollment, situation.facts
    ending = run.outcomes.get(str(Kind.EXITED))
    if run.status is Status.ENDED and (failure := run.outcomes.get(str(Kind.FAILED))):
        return _answered_after_all(journey, situation, failure)
    if run.status is Status.ENDED and ending and ending.reason == "completed":
        return _answered_late(journey, situation, ending)
    if run.status is not Status.ENDED or ending is None or ending.step is None:
        return run
    if not _may_have_changed(run, ending, facts) or exit_reason(journey, situation):
        return run
    if _is_told(journey, run):
        return run
    others = {name: outcome for name, outcome in run.outcomes.items() if outcome is not ending}
    back = replace(run, status=Status.WAITING, step=ending.step, outcomes=others)
    again = replace(situation, enrollment=back)
    if last := _wait_for_answer_after(journey, run, ending.step, facts):
        return rest(journey, replace(situation, enrollment=back.moved(last, ending.at)))
    step, _ = journey.plan[ending.step]
    due = wake_time(step, again) if isinstance(step, Wait) else ending.at
    if due < situation.now - journey.grace:
        return run
    return rest(journey, again)


def begun_anew(run: Enrollment, fresh: Enrollment, changed_at: datetime, now: datetime) -> Enrollment:
    """A run that ended before any message as ``fresh``, which its subject's change at ``changed_at`` begins.

    If that is due by now, only one that ended before the change: one that ended since has seen it.
    """
    ending = run.outcomes.get(str(Kind.EXITED))
    has_begun = run.first_allowed_at is not None or any(each.kind is Kind.SENT for each in run.outcomes.values())
    if has_begun or ending is None or fresh.due_at is None:
        return run
    if fresh.due_at <= now and (ending.at >= changed_at or ending.reason in OF_ORDERS):
        return run
    others = {name: outcome for name, outcome in run.outcomes.items() if outcome.kind is Kind.ENROLLED}
    return replace(fresh, arm=run.arm, known_as=run.known_as, version=run.version, outcomes=others, ordered=run.ordered)


def _answered_late(journey: Journey, situation: Situation, ending: Outcome) -> Enrollment:
    run, answer = situation.enrollment, situation.facts.answers.get(situation.enrollment.subject)
    last = _last_wait_for_answer(journey)
    if last is None or answer is None or answer.begun_at < ending.at or run.first_allowed_at is None:
        return run
    if _is_told(journey, run):
        return run
    others = {name: outcome for name, outcome in run.outcomes.items() if outcome is not ending}
    return rest(journey, replace(situation, enrollment=replace(run, outcomes=others).moved(last, ending.at)))


def _is_told(journey: Journey, run: Enrollment) -> bool:
    """Whether the team knows of the answer: by the run of another customer who turned out to be this one."""
    last, steps = _last_wait_for_answer(journey), list(journey.plan)
    later = steps[steps.index(last) :] if last else []
    return any(outcome.kind in SENDS and outcome.step in later for outcome in run.outcomes.values())


def _answered_after_all(journey: Journey, situation: Situation, failure: Outcome) -> Enrollment:
    """A run that failed at a step before its last wait for the answer has not seen it, whenever it was given."""
    run = situation.enrollment
    last = _wait_for_answer_after(journey, run, failure.step, situation.facts)
    if last is None or last == failure.step:
        return run
    back = taken_up(run, failure, situation.now, ANSWERED)
    if run.claimed_at and not back.proof:
        back = back.with_outcome(given_up(back, situation.now, to_customer=True))
    return rest(journey, replace(situation, enrollment=back.moved(last, failure.at)))


def _wait_for_answer_after(journey: Journey, run: Enrollment, step: str | None, facts: Facts) -> str | None:
    """The last wait for the answer of a run that asked and was answered, if it is at this step or after it."""
    last, plan = _last_wait_for_answer(journey), list(journey.plan)
    if last is None or step is None or run.first_allowed_at is None or run.subject not in facts.answers:
        return None
    return last if plan.index(step) <= plan.index(last) else None


def _last_wait_for_answer(journey: Journey) -> str | None:
    for name, (step, _) in reversed(tuple(journey.plan.items())):
        if isinstance(step, Wait) and any(on.event is SurveyAnswered for on in alternatives(step.awaited)):
            return name
    return None


def _may_have_changed(run: Enrollment, ending: Outcome, facts: Facts) -> bool:
    """Whether it is worth looking at all facts: a customer may have thousands of runs that their next orders ended."""
    if ending.reason == CHANGED_HANDS:
        return SUBJECTS.get(run.trigger) is Order  # a cart that comes back is a new occasion
    if ending.reason in OF_LAUNCHES:
        return True
    if ending.reason not in OF_ORDERS or ending.about is None:
        return False
    known = (facts, *facts.at_address)
    order = next((each.orders[ending.about] for each in known if ending.about in each.orders), None)
    if order is None:  # it became another customer's, unless whoever placed it is not at the address any more
        return ending.whose is None or any(each.customer.key[:MARK] == ending.whose for each in facts.at_address)
    return order.is_kept != (ending.reason == "order_placed") or run.subject in facts.answers
