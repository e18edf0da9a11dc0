"""Answers to surveys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """A survey's answer about one order: NPS score 0..10. A detractor's answer opens a case until it is closed."""

    order_id: str
    at: datetime
    score: int
    comment: str = ""
    case_closed_at: datetime | None = None

    @property
    def has_open_case(self) -> bool:
        """Whether the team still owes this customer a reaction."""
        return self.score <= DETRACTOR_AT_MOST and self.case_closed_at is None


DETRACTOR_AT_MOST = 6
