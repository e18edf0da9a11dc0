"""A customer's profile, and what becomes of a customer.

All times are aware UTC. ``at`` is the source's own time of the fact; of two versions the later one holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar

from chalicelib.domain.channel import Channel
from chalicelib.domain.facts.consent import Consent, Purpose, weight
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.time import NEVER

PROFILE = ("email", "name", "language", "country", "zone")
ADDRESSES: Mapping[Channel, str] = {Channel.EMAIL: "email"}
"""The field of a profile that is the address of a channel."""


@dataclass(frozen=True, slots=True)
class Customer(Fact):
    """The profile. ``key`` is opaque; ``zone`` an IANA name; ``country`` ISO 3166.

    ``language`` is an ISO 639-1 code; None while it is unknown: then the shop's own first language is written.

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
        address: str | None = getattr(self, ADDRESSES[channel])
        return address

    def without_address(self) -> Customer:
        """The same, without any address."""
        known = dict.fromkeys(ADDRESSES.values(), NEVER)
        unknown: dict[str, Any] = dict.fromkeys(ADDRESSES.values())
        return replace(self, **unknown, since={**self.since, **known})

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
            consents[purpose] = max(consents.get(purpose, consent), consent, key=weight)
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
