"""What became of an enrollment, one record a happening; a figure anywhere in Rekindle is a count of these."""

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
    """One happening. ``id`` makes it idempotent: an enrollment holds each id once, whoever reports it how often.

    ``reason`` is a word for machines and people (``frequency_cap``); ``value`` goes with orders, ``score`` with
    answers; ``about`` names the order or the link; ``automated`` marks opens and clicks that no human made: they are
    not counted; ``to_team`` marks what became of a notice to the shop's team: in no rate of mails to customers.
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
