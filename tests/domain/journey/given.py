"""A journey that could run but for what a test says of it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from chalicelib.domain.errors import InvalidJourney
from chalicelib.domain.journeys.journey import MARKETING, Journey, On, OrderPlaced, Send, Step, Wait, days
from chalicelib.domain.journeys.situation import Situation

A, B = Send("a", "a"), Send("b", "b")
A_DAY = Wait("a_day", days(1))


def a_journey(*steps: Step, **more: Any) -> Journey:
    """A journey that could run but for what a test says of it."""
    given: dict[str, Any] = {
        "key": "hello",
        "version": 1,
        "purpose": MARKETING,
        "enroll": On(OrderPlaced, key="order_id"),
        "steps": steps or (Wait("first_day", days(1)), A),
    }
    return Journey(**(given | more))


def never(situation: Situation) -> bool:
    return False


def no_moment(situation: Situation) -> datetime | None:
    return None


def refusal(make: Callable[[], object]) -> str:
    """What a definition is refused for."""
    with pytest.raises(InvalidJourney) as refused:
        make()
    assert str(refused.value).startswith("journey 'hello': ")
    return refused.value.problem
