"""A journey of a few steps, and what its run decides at a moment, on given facts."""

from datetime import datetime
from typing import Any

from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.order import OrderPlaced
from chalicelib.domain.journeys.engine import advance
from chalicelib.domain.journeys.journey import MARKETING, Journey, On, Send, Step
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.journeys.situation import Situation
from tests.builders import START, a_situation, an_enrollment

A, B = Send("a", "a"), Send("b", "b")


def a_journey(*steps: Step, **more: Any) -> Journey:
    """A journey that an order begins."""
    given: dict[str, Any] = {"purpose": MARKETING, "enroll": On(OrderPlaced, key="order_id"), "steps": steps}
    return Journey(key="hello", version=1, **(given | more))


def yes(situation: Situation) -> bool:
    return True


def no(situation: Situation) -> bool:
    return False


def before(journey: Journey, step: str, **more: Any) -> Enrollment:
    """A run of this journey that is about to run this step."""
    return an_enrollment(journey, step=step, **more)


def decide(journey: Journey, run: Enrollment, known: Facts | None = None, now: datetime = START, **more: Any) -> Any:
    """What the run does next."""
    return advance(journey, a_situation(run, known, now, **more))[1]
