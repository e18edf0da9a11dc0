"""The outcomes of an enrollment, one record per event; every figure of a journey is a count of these."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.money import Money


class Kind(StrEnum):
    """The kinds of outcomes."""

    ENROLLED = "enrolled"
    SENT = "sent"
    WITHHELD = "withheld"
    SUPPRESSED = "suppressed"
    DEFERRED = "deferred"
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    ANSWERED = "answered"
    CONVERTED = "converted"
    ATTRIBUTED = "attributed"
    ORDERED = "ordered"
    EXITED = "exited"
    FAILED = "failed"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome. ``id`` makes it idempotent: an enrollment stores each id once, however often it is reported.

    ``reason`` is a code that people can read (``frequency_cap``); orders have a ``value``, answers a ``score``;
    ``about`` names the order or the link; ``automated`` marks opens and clicks of scanners, which are not counted;
    ``to_team`` marks the outcomes of a notice to the shop's team, which are in no rate of mails to customers.
    """

    id: str
    kind: Kind
    at: datetime
    step: str | None = None
    reason: str | None = None
    value: Money | None = None
    score: int | None = None
    about: str | None = None
    automated: bool = False
    to_team: bool = False
