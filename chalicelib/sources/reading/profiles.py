"""Customers' profiles, with the fields that a source reports."""

from datetime import datetime

from msgspec import UNSET, UnsetType

from chalicelib.domain.facts.consent import Consent, Purpose
from chalicelib.domain.facts.customer import ADDRESSES, PROFILE, Customer
from chalicelib.domain.facts.inbound import InboundFact, Person
from chalicelib.domain.time import NEVER


def profile(
    at: datetime, consent: Consent | None = None, email: str | UnsetType | None = UNSET, **fields: str | None
) -> Customer:
    """A profile of the fields that are not None. ``email``: None if there is no address, UNSET if nothing is known."""
    known: dict[str, str | None] = {field: value for field, value in fields.items() if value is not None}
    if email is not UNSET:
        known["email"] = email
    return Customer.reported(at, {Purpose.MARKETING: consent} if consent else None, **known)


def profile_facts(person: Person, profile: Customer) -> list[InboundFact]:
    """A person's profile as a fact, unless it is empty."""
    has_content = profile.consents or any(profile.reported_at(field) > NEVER for field in PROFILE)
    return [InboundFact(profile, person)] if has_content else []


def deleted(at: datetime, source: str) -> Customer:
    """The profile of a customer whom a shop deleted: without any address, and consent is withdrawn."""
    withdrawn = {Purpose.MARKETING: Consent(given=False, at=at, source=source)}
    return Customer.reported(at, withdrawn, **dict.fromkeys(field for pair in ADDRESSES.values() for field in pair))
