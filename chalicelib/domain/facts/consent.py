"""What a customer agreed to, what they refused, and which of two consents counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from chalicelib.domain.channel import Channel
from chalicelib.domain.facts.fact import Event, Fact

MOST_CLAIMS = 20
"""So many times ahead of the clock are remembered of one consent."""
UNSUBSCRIBE = "unsubscribe"
"""The source of a refusal through a mail's own link."""


class Purpose(StrEnum):
    """Why a message is sent: advertising needs consent, service (about one's own order) does not."""

    MARKETING = "marketing"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Consent:
    """A customer's consent to one purpose: given or refused, when, reported by whom, and for which channels.

    ``undated``: when it was given is unknown, and ``at`` is when that was reported. ``claimed``: the times ahead of the
    clock with which consents were given, this one (then it is undated, too) or those that it was joined with.
    """

    given: bool
    at: datetime
    source: str = "shop"
    channels: tuple[str, ...] = (Channel.EMAIL,)
    undated: bool = False
    claimed: tuple[datetime, ...] = ()

    @classmethod
    def reported(cls, given: bool, since: datetime | None, at: datetime, source: str) -> Consent:
        """As a source reports it at ``at``; ``since`` is the consent's own time, if the source has it.

        A refusal without its own time counts from its report.
        """
        return cls(given, since or at, source, undated=given and since is None)

    def clamped(self, latest: datetime, now: datetime) -> Consent:
        """The same; a time after ``latest`` is only a claim, and the consent is as of ``now``."""
        if self.at <= latest:
            return self
        return replace(self, at=now, undated=self.given, claimed=(self.at,) if self.given else ())


def joined(one: Consent, other: Consent) -> Consent:
    """Which of two counts: the later one, of two at the same time the refusal; a given one without its own time undoes
    no other. One that was reported ahead of the clock, and is reported again when its time has come, undoes no refusal.
    """
    claimed = together(one.claimed, other.claimed)
    counts, beside = (one, other) if _weight(one) >= _weight(other) else (other, one)
    if counts.given and not beside.given and counts.at in claimed:
        counts = beside
    return replace(counts, claimed=claimed)


def together(one: tuple[datetime, ...], other: tuple[datetime, ...]) -> tuple[datetime, ...]:
    """The claimed times of two, each once, in their order: the latest, since a clock may be ahead each day."""
    return tuple(sorted({*one, *other}))[-MOST_CLAIMS:]


def _weight(consent: Consent) -> tuple[bool, datetime, bool, str, tuple[str, ...], bool, tuple[datetime, ...]]:
    return (
        not (consent.given and consent.undated),
        consent.at,
        not consent.given,
        consent.source,
        consent.channels,
        consent.undated,
        consent.claimed,
    )


@dataclass(frozen=True, slots=True)
class Unsubscription(Fact):
    """The customer refused a purpose through a mail's own link; ``enrollment`` and ``step`` name the mail.

    ``claimed``: the times ahead of the clock with which consents were given before it.
    """

    kind: ClassVar[str] = "unsubscription"
    named_by: ClassVar[tuple[str, ...]] = ("purpose",)
    purpose: Purpose
    at: datetime
    enrollment: str | None = None
    step: str | None = None
    claimed: tuple[datetime, ...] = ()

    def overrules(self, consent: Consent) -> bool:
        """Whether it counts against this consent: unless that has a later time of its own.

        A consent that was reported ahead of the clock, before or after it, may be told again once its time has come.
        """
        is_claimed = consent.at in self.claimed or consent.at in consent.claimed
        return (consent.given and consent.undated) or consent.at <= self.at or is_claimed

    def events(self) -> Iterator[Event]:
        """That the customer unsubscribed."""
        yield Unsubscribed(self.purpose, self.at, self.purpose)


@dataclass(frozen=True, slots=True)
class Unsubscribed(Event):
    """A customer refused a purpose through a mail's link."""

    key_name: ClassVar[str] = "purpose"
    purpose: Purpose
