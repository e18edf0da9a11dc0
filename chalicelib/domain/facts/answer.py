"""Answers to surveys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from chalicelib.domain.facts.fact import Event, Fact


@dataclass(frozen=True, slots=True)
class Answer(Fact):
    """A survey's answer about one order: NPS score 0..10. A detractor's answer opens a case until it is closed."""

    kind: ClassVar[str] = "answer"
    named_by: ClassVar[tuple[str, ...]] = ("order_id",)
    order_id: str
    at: datetime
    score: int
    comment: str = ""
    case_closed_at: datetime | None = None

    @property
    def has_open_case(self) -> bool:
        """Whether the team still owes this customer a reaction."""
        return self.score <= DETRACTOR_AT_MOST and self.case_closed_at is None

    def events(self) -> Iterator[Event]:
        """That it was given."""
        yield SurveyAnswered(self.order_id, self.at, self)


@dataclass(frozen=True, slots=True)
class SurveyAnswered(Event):
    """A customer answered the survey about an order."""

    key_name: ClassVar[str] = "order_id"
    enrolls: ClassVar[bool] = True
    answer: Answer


DETRACTOR_AT_MOST = 6
