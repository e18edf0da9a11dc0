"""What an order, an answer or a refusal means for the journeys that the customer is or was in."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from chalicelib.domain.facts.answer import SurveyAnswered
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.facts.fact import Event
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.launch import Launch, LaunchAnnounced
from chalicelib.domain.facts.order import OrderPlaced
from chalicelib.domain.journeys.corrections import net_value
from chalicelib.domain.journeys.credits import Credit, credit_of
from chalicelib.domain.journeys.journey import Journey
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.journeys.situation import Situation


def credited(
    journeys: Mapping[tuple[str, int], Journey],
    enrollments: Iterable[Enrollment],
    event: Event,
    facts: Facts,
    now: datetime,
    policy: Policy,
    launches: Mapping[str, Launch] = MappingProxyType({}),
) -> list[Enrollment]:
    """The customer's enrollments with the outcomes that ``event`` adds: converted (by the first such event), answered.

    ``launches``: the launches that runs are about, by id.
    """
    found = []
    for run in enrollments:
        if journey := journeys.get((run.journey, run.journey_version)):
            situation = Situation(run, about(facts, run, launches), now, policy)
            found.append(_with_all(run, _outcomes(journey, situation, event)))
    return found


def credits_of(
    journeys: Mapping[tuple[str, int], Journey],
    enrollments: Iterable[Enrollment],
    event: OrderPlaced,
    facts: Facts,
    now: datetime,
    policy: Policy,
    launches: Mapping[str, Launch] = MappingProxyType({}),
    *,
    is_attributed: bool,
) -> list[Credit]:
    """What an order brings to the customer's enrollments, each in whose window it lies or that it is attributed to.

    ``is_attributed``: it was attributed to one of them before. ``launches`` as for ``credited``.
    """
    if event.key not in facts.orders:  # it became another customer's before this was handled
        return []
    runs = [run for run in enrollments if (run.journey, run.journey_version) in journeys]
    advertising = [run for run in runs if journeys[run.journey, run.journey_version].purpose is Purpose.MARKETING]
    touched = None if is_attributed else _last_touch(advertising, event, policy)
    value = net_value(facts.orders[event.key])
    found = []
    for run in runs:
        situation = Situation(run, about(facts, run, launches), now, policy)
        is_ordered = _is_in_window(journeys[run.journey, run.journey_version], situation, event)
        if is_ordered or run is touched:
            kinds = {"is_ordered": is_ordered, "is_attributed": run is touched}
            found.append(credit_of(run, event.key, event.at, value, **kinds))
    return found


def about(facts: Facts, run: Enrollment, launches: Mapping[str, Launch]) -> Facts:
    """The facts for one run: with the launch that it is about."""
    return replace(facts, launch=launches.get(run.subject)) if run.trigger == LaunchAnnounced.__name__ else facts


def _with_all(enrollment: Enrollment, outcomes: Iterable[Outcome]) -> Enrollment:
    for outcome in outcomes:
        known = enrollment.outcomes.get(outcome.id)
        if known and known.kind is Kind.CONVERTED and _order_of(outcome) < _order_of(known):  # told late
            enrollment = replace(enrollment, outcomes={**enrollment.outcomes, outcome.id: outcome})
        enrollment = enrollment.with_outcome(outcome)
    return enrollment


def _order_of(conversion: Outcome) -> tuple[datetime, str]:
    return conversion.at, conversion.about or ""


def _outcomes(journey: Journey, situation: Situation, event: Event) -> Iterator[Outcome]:
    run = situation.enrollment
    if isinstance(event, SurveyAnswered) and _is_answer(journey, run, event):
        yield Outcome("answered", Kind.ANSWERED, event.at, score=event.answer.score)
    if journey.goal and _is_in_window(journey, situation, event) and situation.concerns(journey.goal.on, event):
        order = situation.facts.orders.get(event.key) if isinstance(event, OrderPlaced) else None
        if order is None and isinstance(event, OrderPlaced):
            return  # it became another customer's before this was handled
        value = net_value(order) if order else None
        yield Outcome("converted", Kind.CONVERTED, event.at, value=value, about=event.key)


def _is_answer(journey: Journey, run: Enrollment, event: SurveyAnswered) -> bool:
    """Whether this run sent or withheld the survey about that order."""
    return SurveyAnswered in journey.listens_to and event.key == run.subject and run.first_allowed_at is not None


def _is_in_window(journey: Journey, situation: Situation, event: Event) -> bool:
    """Whether ``event`` lies between the first allowed send (sent or withheld) and the end of the goal's window."""
    start, goal = situation.enrollment.first_allowed_at, journey.goal
    if start is None or goal is None or event.at < start:
        return False
    if goal.within is not None:
        return event.at <= start + goal.within
    end = goal.until(situation) if goal.until else None
    return end is None or event.at < end


def _last_touch(runs: list[Enrollment], event: Event, policy: Policy) -> Enrollment | None:
    """The run with the last clicked mail before the order, within the window; without a click, the last opened one."""
    for kind in (Kind.CLICKED, Kind.OPENED):
        touches = [
            (outcome.at, run.id, run)
            for run in runs
            for outcome in run.outcomes.values()
            if outcome.kind is kind and not (outcome.automated or outcome.to_team)
            if outcome.at <= event.at <= outcome.at + policy.attribution
        ]
        if touches:
            return max(touches, key=lambda touch: touch[:2])[2]
    return None
