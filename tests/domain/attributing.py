"""Runs, and what an order or an answer means for them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain.facts.answer import Answer, SurveyAnswered
from chalicelib.domain.facts.fact import Event
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.order import Order, OrderPlaced
from chalicelib.domain.journeys.attribution import credited, credits_of
from chalicelib.domain.journeys.journey import (
    MARKETING,
    SERVICE,
    CartChanged,
    Goal,
    Journey,
    LaunchAnnounced,
    On,
    Send,
    days,
)
from chalicelib.domain.journeys.moments import launch_end, of_the_launch
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment
from tests.builders import START, an_enrollment, facts, outcomes_of, with_credits

MILLISECOND = timedelta(milliseconds=1)


STEPS = (Send("a", "a"),)


CART = Journey(
    "cart", 1, MARKETING, On(CartChanged, key="cart_id"), STEPS, goal=Goal(OrderPlaced, within=days(5))
)  # fmt: skip


OTHER = Journey(
    "other", 1, MARKETING, On(CartChanged, key="cart_id"), STEPS, goal=Goal(OrderPlaced, within=days(30))
)  # fmt: skip


AIMLESS = Journey("aimless", 1, MARKETING, On(CartChanged, key="cart_id"), STEPS)


SURVEY = Journey(
    "survey", 1, SERVICE, On(OrderPlaced, key="order_id"), STEPS,
    goal=Goal(SurveyAnswered, within=days(14), key="order_id"),
)  # fmt: skip


WIN_BACK = Journey(
    "win_back", 1, MARKETING, On(OrderPlaced, key="order_id"), STEPS, goal=Goal(OrderPlaced, within=days(30))
)  # fmt: skip


EARLY = Journey(
    "early", 1, MARKETING, On(LaunchAnnounced, key="launch_id"), STEPS,
    goal=Goal(OrderPlaced, until=launch_end, when=of_the_launch),
)  # fmt: skip


JOURNEYS: Mapping[tuple[str, int], Journey] = {
    (journey.key, journey.version): journey for journey in (CART, OTHER, AIMLESS, SURVEY, WIN_BACK, EARLY)
}


def a_run(journey: Journey = CART, **more: Any) -> Enrollment:
    """A run about cart-1 whose first message went at ``START``."""
    return an_enrollment(journey, **({"subject": "cart-1", "first_allowed_at": START} | more))


def touched(run: Enrollment, kind: Kind, at: datetime, **more: Any) -> Enrollment:
    """The run with a click or an open."""
    return run.with_outcome(Outcome(f"{kind}#{at}", kind, at, step="a", **more))


def after(run: Enrollment, thing: Order | Answer, *others: Enrollment, known: Facts | None = None) -> Enrollment:
    """The run after an order or an answer."""
    event: Event = (
        OrderPlaced(thing.id, thing.placed_at, thing)
        if isinstance(thing, Order)
        else SurveyAnswered(thing.order_id, thing.at, thing)
    )
    facts_then = known or facts(thing)
    launches = {launch.id: launch for launch in (facts_then.launch,) if launch}
    runs = credited(JOURNEYS, [run, *others], event, facts_then, event.at, Policy(), launches)
    found = next(each for each in runs if each.id == run.id)
    if not isinstance(event, OrderPlaced):
        return found
    was = any(f"attributed#{event.key}" in each.outcomes for each in runs)
    args = (JOURNEYS, [run, *others], event, facts_then, event.at, Policy(), launches)
    return with_credits(found, credits_of(*args, is_attributed=was))


def kinds(run: Enrollment) -> set[Kind]:
    return {kind for kind, _, _ in outcomes_of(run)}
