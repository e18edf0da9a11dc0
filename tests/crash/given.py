"""Customers and runs that a worker finds when it is killed.

Workers are killed (SIGKILL) right before and right after every call to AWS; afterwards nothing is wrong. What Lambda,
SQS and SES do then is done in the tests: the stream's batch comes again, the page becomes visible again, leases end,
events come soon, late, or never. The invariants are those of DESIGN §7.
"""

from datetime import timedelta

import app
import workflows
from chalicelib.adapters.dynamodb import keys
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.journeys.journey import Journey
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from tests.builders import a_customer, an_enrollment, utc

NOW = utc("2026-03-02 14:00")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MOMENTS = ("before", "after")


def journey(key: str) -> Journey:
    return next(each for each in workflows.current() if each.key == key)


def known(customer: str, *facts: Fact, **profile: object) -> None:
    """A customer with an address of her own, and what else is known of her."""
    address = {"email": f"{customer}@example.com"}
    for fact in (a_customer(customer, **(address | profile)), *facts):  # type: ignore[arg-type]
        app.parts.facts.put(customer, fact)


def waiting(customer: str, key: str, step: str, **more: object) -> tuple[str, str]:
    """The key of a run that is due at this step."""
    given = {"customer": customer, "step": step, "due_at": NOW - MINUTE, "entered_at": NOW - 3 * DAY}
    run = an_enrollment(journey(key), **(given | {"ran_at": NOW - 3 * DAY} | more))
    assert app.parts.runs.create(run)
    return keys.customer(customer), keys.enrollment(run.id)


def reminded(**more: object) -> dict[str, object]:
    """A run whose first mail went two days ago."""
    at = NOW - 2 * DAY
    sent = Outcome("sent#first", Kind.SENT, at, step="reminder")
    clicked = Outcome("clicked#first", Kind.CLICKED, at + HOUR, step="reminder")
    begun = Outcome("enrolled", Kind.ENROLLED, at - DAY)
    outcomes = {each.id: each for each in (begun, sent, clicked)}
    return {"ran_at": at, "message_at": at, "first_allowed_at": at, "outcomes": outcomes} | more
