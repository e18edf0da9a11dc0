"""A condition with the wrong arguments would fail at the first event, or the first message: it is refused at once."""

from typing import Any

import pytest

from chalicelib.domain.errors import InvalidJourney
from chalicelib.domain.journeys.journey import SERVICE, Branch, Goal, Journey, On, OrderPlaced, Send, Wait, days, hours

of_situation: Any = lambda situation: True  # noqa: E731 - of no type, since these are given where they do not fit
of_event: Any = lambda event, facts: True  # noqa: E731


A = Send("a", "a")
ON_EVENT, OF_STEP = "is a function of the event and the facts", "is a function of the situation"


def made(steps: Any = (A,), **more: Any) -> Journey:
    given: dict[str, Any] = {"enroll": On(OrderPlaced, key="order_id"), "steps": steps, **more}
    return Journey(key="hello", version=1, purpose=SERVICE, **given)


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (
            {"enroll": On(OrderPlaced, key="order_id", when=of_situation)},
            f"enroll: the condition of an event {ON_EVENT}",
        ),
        ({"exit": On(OrderPlaced, when=of_situation)}, f"exit: the condition of an event {ON_EVENT}"),
        ({"goal": Goal(OrderPlaced, days(5), when=of_situation)}, f"goal: the condition of an event {ON_EVENT}"),
        ({"steps": (Wait("w", On(OrderPlaced, when=of_situation), timeout=hours(1)), A)}, f"an event {ON_EVENT}"),
        ({"steps": (Send("a", "a", when=of_event),)}, f"step 'a': its condition {OF_STEP}"),
        ({"steps": (Branch("b", of_event, then=(A,)),)}, f"step 'b': its condition {OF_STEP}"),
    ],
)
def test_it_is_named_with_what_it_should_take(more: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidJourney, match=problem):
        made(**more)


def test_the_right_arguments_are_accepted() -> None:
    on = On(OrderPlaced, key="order_id", when=of_event)

    assert made((Send("a", "a", when=of_situation),), enroll=on, exit=on).steps
