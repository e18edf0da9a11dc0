"""Adds the messages that runs record (sent, claimed or withheld) to a customer's contact history, and bounds it."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.journeys.contacts import Contact, Contacts, FirstMessage
from chalicelib.domain.journeys.journey import Journey, Send
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment, Status

AT_LEAST = timedelta(days=31)
"""Messages of so long are kept, whatever the caps look at: they may be other ones tomorrow."""
MORE = 10
"""So many more messages are kept than a cap looks at: some may be taken back, since they were not sent after all."""
RUNS_KEPT = 3
"""How many first messages of one journey are kept: its own and that of the latest other run are looked at."""


def remembered(
    contacts: Contacts, runs: Iterable[Enrollment], journeys: Mapping[tuple[str, int], Journey], to: str | None = None
) -> Contacts:
    """The history with the messages in these runs that caps or cool-downs look at; notices to the team are none.

    ``to``: a hash of the address that messages which are being sent now go to.
    """
    for run in runs:
        journey = journeys.get((run.journey, run.journey_version))
        if journey is None:
            continue
        if journey.purpose is Purpose.MARKETING:
            for contact in _sent_of(run, journey):
                contacts = contacts.with_contact(contact)
            if run.claimed_at and _is_claimed(run, journey):
                contacts = contacts.with_claim(Contact(run.send_id, run.claimed_at, journey.purpose, to))
        if run.first_allowed_at and journey.reentry.cool_down:
            first = FirstMessage(journey.key, run.occurrence, run.first_allowed_at)
            is_claim = _is_claimed(run, journey) and run.first_allowed_at == run.claimed_at
            contacts = contacts.with_first_claim(first) if is_claim else contacts.with_run(first)
    return contacts


def trimmed(contacts: Contacts, journeys: Mapping[tuple[str, int], Journey], policy: Policy, now: datetime) -> Contacts:
    """The history without what no cap and no cool-down looks at any more.

    So it is bounded: some more messages than the largest cap allows, and for each journey the latest first messages.
    """
    limit = max((cap.limit for cap in policy.caps), default=0)
    longest, most = max((AT_LEAST, *(cap.window for cap in policy.caps))), limit and limit + MORE
    recent = sorted((each for each in contacts.contacts if each.at > now - longest), key=lambda each: each.at)
    cool_downs: dict[str, timedelta] = {}
    for journey in journeys.values():
        cool_downs[journey.key] = max(cool_downs.get(journey.key, timedelta(0)), journey.reentry.cool_down)
    runs: dict[str, list[FirstMessage]] = {}
    for run in sorted(contacts.runs, key=lambda each: each.at):
        if run.at > now - cool_downs.get(run.journey, timedelta(0)):
            runs.setdefault(run.journey, []).append(run)
    latest = recent[max(0, len(recent) - most) :]
    return Contacts(tuple(latest), tuple(run for kept in runs.values() for run in kept[-RUNS_KEPT:]))


def _sent_of(run: Enrollment, journey: Journey) -> Iterable[Contact]:
    for outcome in run.outcomes.values():
        if outcome.kind is Kind.SENT and outcome.step not in _notices(journey):
            yield Contact(outcome.id.partition("#")[2], outcome.at, journey.purpose)


def _is_claimed(run: Enrollment, journey: Journey) -> bool:
    """Whether a message to the customer is being sent."""
    return run.status is Status.SENDING and run.step not in _notices(journey)


def _notices(journey: Journey) -> set[str]:
    return {step.name for step in journey.messages if not isinstance(step, Send)}
