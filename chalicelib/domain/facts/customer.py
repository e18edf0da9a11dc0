"""A customer's profile, and what becomes of a customer.

All times are aware UTC. ``at`` is the source's own time of the fact; of two versions the later one holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar

from chalicelib.domain.channel import Channel
from chalicelib.domain.facts.address import normal
from chalicelib.domain.facts.consent import Consent, Purpose
from chalicelib.domain.facts.consent import joined as joined_consents
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.time import NEVER
from chalicelib.domain.words import name_of_person

PROFILE = ("email", "claimed_email", "name", "language", "country", "zone")
ADDRESSES: Mapping[Channel, tuple[str, str]] = {Channel.EMAIL: ("email", "claimed_email")}
"""The fields of a profile that are the address of a channel: the customer's own, and one that they only claim."""


@dataclass(frozen=True, slots=True)
class Customer(Fact):
    """The profile. ``key`` is opaque; ``zone`` an IANA name; ``country`` ISO 3166.

    ``language`` is an ISO 639-1 code; None while it is unknown: then the shop's own first language is written.
    ``email`` is an address that is this customer's alone; ``claimed_email`` one that their account names, and that
    nobody vouches for: it is written to if there is no other.

    Sources report a profile whole or in parts: ``since`` has the time of each field that was not reported at ``at``.
    """

    kind: ClassVar[str] = "customer"
    key: str
    at: datetime
    email: str | None = None
    name: str | None = None
    language: str | None = None
    country: str | None = None
    zone: str | None = None
    consents: Mapping[Purpose, Consent] = field(default_factory=dict)
    erased: bool = False
    since: Mapping[str, datetime] = field(default_factory=dict)
    claimed_email: str | None = None

    @classmethod
    def reported(cls, at: datetime, consents: Mapping[Purpose, Consent] | None = None, **fields: Any) -> Customer:
        """What a source reports that knows a part of the profile: these fields, and nothing of the others."""
        unknown = {name: NEVER for name in PROFILE if name not in fields}
        return cls("", at, consents=consents or {}, since=unknown, **fields)

    def reported_at(self, name: str) -> datetime:
        """When this field of the profile was reported."""
        return self.since.get(name, self.at)

    def address(self, channel: Channel) -> str | None:
        """Where this channel reaches the customer, if that is known."""
        own, claimed = ADDRESSES[channel]
        address: str | None = getattr(self, own) or getattr(self, claimed)
        return address

    def reads_at(self, other: Customer, channel: Channel) -> bool:
        """Whether this channel reaches both at the same address now."""
        own, theirs = self.address(channel), other.address(channel)
        return own is not None and theirs is not None and normal(own) == normal(theirs)

    def without_address(self) -> Customer:
        """The same, without any address."""
        fields = [field for pair in ADDRESSES.values() for field in pair]
        unknown: dict[str, Any] = dict.fromkeys(fields)
        return replace(self, **unknown, since={**self.since, **dict.fromkeys(fields, NEVER)})

    def with_claimed_address(self) -> Customer:
        """The same, with each address as one that the customer only claims.

        That it has no address is as good from everybody: it stops messages, and begins none.
        """
        fields: dict[str, Any] = {}
        since = dict(self.since)
        for own, claimed in ADDRESSES.values():
            address, reported_at = getattr(self, own), self.reported_at(own)
            fields |= {own: None, claimed: address}
            since |= {own: NEVER if address else reported_at, claimed: reported_at}
        return replace(self, **fields, since={name: at for name, at in since.items() if at != self.at})

    def only_refusing(self) -> Customer:
        """The same, without any address, and only with the consents that refuse."""
        refused = {purpose: each for purpose, each in self.consents.items() if not each.given}
        return replace(self.without_address(), consents=refused)

    def cleaned(self) -> Customer:
        """The same; a name that is none is unknown, and replaces one that was reported before."""
        return replace(self, name=name_of_person(self.name)) if self.name else self

    def clamped(self, latest: datetime, now: datetime) -> Customer:
        """The same, with ``now`` for each time after ``latest``, those of its fields and consents too."""
        return replace(
            self,
            at=now if self.at > latest else self.at,
            consents={purpose: each.clamped(latest, now) for purpose, each in self.consents.items()},
            since={name: now if at > latest else at for name, at in self.since.items()},
        )

    def joined(self, other: Customer) -> Customer:
        """Both versions of one person: each field and each consent as last reported.

        It does not matter which of them came first, nor how often.
        """
        at = max(self.at, other.at)
        fields: dict[str, Any] = {}
        since: dict[str, datetime] = {}
        for name in PROFILE:
            later = max(self, other, key=lambda version: (version.reported_at(name), str(getattr(version, name) or "")))
            fields[name] = getattr(later, name)
            if later.reported_at(name) != at:
                since[name] = later.reported_at(name)
        consents = dict(self.consents)
        for purpose, consent in other.consents.items():
            consents[purpose] = joined_consents(consents.get(purpose, consent), consent)
        return Customer(
            self.key,
            at,
            **fields,
            consents={purpose: consents[purpose] for purpose in sorted(consents)},
            erased=self.erased or other.erased,
            since=since,
        )


@dataclass(frozen=True, slots=True)
class Merged(Fact):
    """This customer turned out to be another one, the older: all that is known moves there."""

    kind: ClassVar[str] = "merged"
    into: str
    since: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Erasure(Fact):
    """The customer asked to be forgotten: all that is known goes."""

    kind: ClassVar[str] = "erasure"
    at: datetime
