"""A message that may go, and the verdict on it when something is otherwise."""

from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.journeys.contacts import Contact, Contacts
from chalicelib.domain.journeys.eligibility import Verdict, judge
from chalicelib.domain.journeys.journey import MARKETING, Defer, Journey, On, OrderCancelled, OrderPlaced, Send, hours
from chalicelib.domain.journeys.policy import Policy
from tests.builders import a_situation, an_enrollment, utc

MESSAGE = Send("message", "message", capped=Defer(hours(24)))
NOON = utc("2026-03-02 12:00")
MILLISECOND = timedelta(milliseconds=1)


def a_journey(purpose: Purpose = MARKETING) -> Journey:
    """A journey that a cancelled order ends."""
    return Journey(
        key="hello",
        version=1,
        purpose=purpose,
        enroll=On(OrderPlaced, key="order_id"),
        exit=On(OrderCancelled, key="order_id"),
        steps=(MESSAGE,),
    )


def judged(
    known: Facts | None = None, now: datetime = NOON, purpose: Purpose = MARKETING, send: Send = MESSAGE,
    policy: Policy | None = None, contacts: tuple[Contact, ...] = (), paused: bool = False, **run: Any,
) -> Verdict:  # fmt: skip
    """The verdict on a send to Ann at noon."""
    journey = a_journey(purpose)
    situation = a_situation(an_enrollment(journey, **run), known, now, policy, Contacts(contacts))
    return judge(journey, send, situation, paused=paused)


def mails(*ago: timedelta, purpose: Purpose = MARKETING, now: datetime = NOON) -> tuple[Contact, ...]:
    """Mails that went so long ago."""
    return tuple(Contact(f"send-{number}", now - each, purpose) for number, each in enumerate(ago))
