"""Adds the messages that runs record (sent, claimed or withheld) to a customer's contact history."""

from collections.abc import Iterable, Mapping

from chalicelib.domain.journeys.contacts import Contact, Contacts, FirstMessage
from chalicelib.domain.journeys.journey import Journey, Send
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import Enrollment, Status


def remembered(contacts: Contacts, runs: Iterable[Enrollment], journeys: Mapping[tuple[str, int], Journey]) -> Contacts:
    """The history with all messages to the customer in these runs; notices to the team do not count."""
    for run in runs:
        journey = journeys.get((run.journey, run.journey_version))
        if journey is None:
            continue
        notices = {step.name for step in journey.messages if not isinstance(step, Send)}
        for outcome in run.outcomes.values():
            if outcome.kind is Kind.SENT and outcome.step not in notices:
                contacts = contacts.with_contact(Contact(outcome.id.partition("#")[2], outcome.at, journey.purpose))
        if run.status is Status.SENDING and run.claimed_at and run.step not in notices:
            contacts = contacts.with_contact(Contact(run.send_id, run.claimed_at, journey.purpose))
        if run.first_allowed_at:
            contacts = contacts.with_run(FirstMessage(journey.key, run.occurrence, run.first_allowed_at))
    return contacts
