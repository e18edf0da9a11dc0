"""What a customer agreed to, what they refused, and which of two consents counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from chalicelib.domain.channel import Channel
from chalicelib.domain.facts.fact import Event, Fact


class Purpose(StrEnum):
    """Why a message is sent: advertising needs consent, service (about one's own order) does not."""

    MARKETING = "marketing"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Consent:
    """A customer's consent to one purpose: given or refused, when, reported by whom, and for which channels."""

    given: bool
    at: datetime
    source: str = "shop"
    channels: tuple[str, ...] = (Channel.EMAIL,)


def weight(consent: Consent) -> tuple[datetime, bool, str, tuple[str, ...]]:
    """The later one counts; of two at the same time, the refusal."""
    return consent.at, not consent.given, consent.source, consent.channels


@dataclass(frozen=True, slots=True)
class Unsubscription(Fact):
    """The customer refused a purpose through a mail's own link; ``enrollment`` and ``step`` name the mail."""

    kind: ClassVar[str] = "unsubscription"
    named_by: ClassVar[tuple[str, ...]] = ("purpose",)
    purpose: Purpose
    at: datetime
    enrollment: str | None = None
    step: str | None = None

    def events(self) -> Iterator[Event]:
        """That the customer unsubscribed."""
        yield Unsubscribed(self.purpose, self.at, self.purpose)


@dataclass(frozen=True, slots=True)
class Unsubscribed(Event):
    """A customer refused a purpose through a mail's link."""

    key_name: ClassVar[str] = "purpose"
    purpose: Purpose
