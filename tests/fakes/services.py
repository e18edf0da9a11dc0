"""Services on stores in memory."""

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar

import workflows
from chalicelib.domain.journeys.policy import Policy
from chalicelib.services.audience import Audience
from tests.fakes.credits import FakeCredits
from tests.fakes.engagement import FakeEngagement

COMMERCE = {"facts", "names", "moves", "visitors", "deliveries", "coupons", "commerce", "store"}
ENGAGEMENT = {"engagement", "runs", "standings", "due", "contacts", "suppressions"}
T = TypeVar("T")


def in_memory(service: Callable[..., T], commerce: object, engagement: object = None, **others: Any) -> T:
    """A service on stores in memory: each port that it names gets the store that stands for it."""
    names = {field.name for field in fields(service)} - others.keys()  # type: ignore[arg-type]
    facts, decisions = dict.fromkeys(names & COMMERCE, commerce), dict.fromkeys(names & ENGAGEMENT, engagement)
    if "credits" in names and isinstance(engagement, FakeEngagement):
        others["credits"] = FakeCredits(engagement)
    return service(**facts, **decisions, **others)


def an_audience(facts: object, runs: object, queue: object, clock: Callable[[], datetime]) -> Audience:
    """The service that enrolls a launch's segment, in the journeys of the project."""
    current, policy = workflows.current(), Policy()
    return in_memory(Audience, facts, runs, queue=queue, journeys=current, policy=policy, clock=clock)
