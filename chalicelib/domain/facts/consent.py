"""What a customer agreed to, and what they refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.channel import Channel


class Purpose(StrEnum):
    """Why a message is sent: advertising needs consent, service (about one's own order) does not."""

    MARKETING = "marketing"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Consent:
    """A customer's word on one purpose: given or refused, when, how the shop learnt it, and for which channels."""

    given: bool
    at: datetime
    source: str = "shop"
    channels: tuple[str, ...] = (Channel.EMAIL,)


def weight(consent: Consent) -> tuple[datetime, bool, str, tuple[str, ...]]:
    """The later word holds; of two at one time the refusal."""
    return consent.at, not consent.given, consent.source, consent.channels


@dataclass(frozen=True, slots=True)
class Unsubscription:
    """The customer refused a purpose through a mail's own link; ``enrollment`` and ``step`` tell which mail's."""

    purpose: Purpose
    at: datetime
    enrollment: str | None = None
    step: str | None = None
