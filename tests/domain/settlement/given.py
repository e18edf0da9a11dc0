"""A journey of two messages, and runs of it that were claimed or have failed."""

from datetime import datetime
from typing import Any

from chalicelib.domain.journeys.journey import (
    MARKETING,
    Goal,
    Journey,
    Notify,
    On,
    OrderPlaced,
    Send,
    Unknown,
    Wait,
    days,
    minutes,
)
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment, Status
from chalicelib.domain.journeys.settlement import claimed
from tests.builders import START, an_enrollment

LEASE = minutes(5)
POLICY = Policy()
FIRST = Send("a", "a")


def a_journey(unknown: Unknown = Unknown.ABANDON) -> Journey:
    """Two messages, two days apart."""
    return Journey(
        key="hello",
        version=1,
        purpose=MARKETING,
        enroll=On(OrderPlaced, key="order_id"),
        goal=Goal(OrderPlaced, within=days(5)),
        unknown=unknown,
        steps=(FIRST, Wait("w", days(2)), Send("b", "b"), Wait("w2", days(1)), Notify("n", "n")),
    )


JOURNEY = a_journey()


def a_claim(now: datetime = START, step: str = "a", **more: Any) -> Enrollment:
    """A run whose message at this step was claimed."""
    return claimed(an_enrollment(JOURNEY, step=step, version=7, **more), now, LEASE)


def is_consistent(run: Enrollment) -> bool:
    """An enrollment is in the due index exactly while it waits or is being sent, and has a step exactly then too."""
    return (run.due_at is None) == (run.status is Status.ENDED) == (run.step is None)
