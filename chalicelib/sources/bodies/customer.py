"""A customer's profile."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from msgspec import Meta, field

from chalicelib.domain import channel as domain
from chalicelib.domain.facts.consent import Consent, Purpose
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.inbound import SHOP, InboundFact
from chalicelib.domain.time import is_zone
from chalicelib.sources.bodies.body import Body, PersonalBody
from chalicelib.sources.fields import COUNTRY, LANGUAGE, Channel, Id, Name, Time
from chalicelib.sources.reading.times import truncated

PROFILE_FIELDS = {"email": "email", "name": "name", "language": "language", "country": "country", "time_zone": "zone"}
"""The fields of a profile: the body's name, and that of ``Customer``."""


class ConsentBody(Body):
    """Whether a customer agreed to a purpose. ``at``: when they decided; without it, no refusal is undone."""

    given: bool
    at: Time | None = None
    source: Annotated[str, Meta(max_length=60)] = SHOP
    channels: Annotated[tuple[Channel, ...], Meta(max_length=20)] = (domain.Channel.EMAIL,)

    def consent(self, reported_at: datetime) -> Consent:
        """As the domain has it, in a profile of ``reported_at``."""
        since = truncated(self.at) if self.at else None
        return replace(Consent.reported(self.given, since, reported_at, self.source), channels=self.channels)


class CustomerBody(PersonalBody, kw_only=True, tag="customer"):
    """A customer's profile, or a guest's: without an id. A ``time_zone`` that nobody knows means the shop's."""

    at: Time
    id: Id | None = None
    name: Name | None = None
    language: Annotated[str, Meta(pattern=LANGUAGE)] | None = None
    country: Annotated[str, Meta(pattern=COUNTRY)] | None = None
    time_zone: str | None = None
    consents: dict[Purpose, ConsentBody] = field(default_factory=dict)

    def fact(self, path: str) -> InboundFact:
        """As a fact; raises ``InvalidFact``."""
        self.check_times(path)
        for purpose, each in self.consents.items():
            each.check_times(f"{path}.consents.{purpose}")
        consents = {purpose: each.consent(truncated(self.at)) for purpose, each in self.consents.items()}
        fact = Customer(
            "",
            truncated(self.at),
            self.email,
            name=self.name,
            language=self.language,
            country=self.country,
            zone=self.time_zone if self.time_zone and is_zone(self.time_zone) else None,
            consents=consents,
        )
        return InboundFact(fact, self.person(f"{path}.id", self.id))
