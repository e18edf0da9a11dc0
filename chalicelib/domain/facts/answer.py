"""Answers to surveys: within a day the last one counts, and a detractor's case follows it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from chalicelib.domain.facts.fact import Event, Fact

DETRACTOR_AT_MOST = 6
CHANGEABLE = timedelta(hours=24)
"""How long after the first answer another one takes its place."""
FORMS = 20
"""So many sent forms are remembered: more than one person sends in a day."""
INSTANT = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Answer(Fact):
    """A survey's answer about one order: NPS score 0..10. A detractor's answer opens a case until it is closed.

    ``at`` is when the answer that counts was given, ``first_at`` when the first one was (None: they are the same), and
    ``former`` the score before the last change. ``opened_at`` is when the case was opened last: by a bad answer after
    none, after a better one, or after the team had closed it at ``case_closed_at``. ``forms`` are the forms that were
    sent, by digest.
    """

    kind: ClassVar[str] = "answer"
    named_by: ClassVar[tuple[str, ...]] = ("order_id",)
    order_id: str
    at: datetime
    score: int
    comment: str = ""
    case_closed_at: datetime | None = None
    first_at: datetime | None = None
    former: int | None = None
    opened_at: datetime | None = None
    forms: tuple[str, ...] | None = None

    @property
    def begun_at(self) -> datetime:
        """When the survey was answered first."""
        return self.first_at or self.at

    @property
    def final_at(self) -> datetime:
        """From here on the answer stays as it is."""
        return self.begun_at + CHANGEABLE

    @property
    def version_at(self) -> datetime:
        """When it changed last: by its customer, or by the team."""
        return max(self.at, self.case_closed_at or self.at)

    @property
    def is_bad(self) -> bool:
        """Whether it is a detractor's."""
        return self.score <= DETRACTOR_AT_MOST

    @property
    def has_open_case(self) -> bool:
        """Whether the team still owes this customer a reaction."""
        return self.is_bad and self.case_closed_at is None

    @property
    def case_opened_at(self) -> datetime | None:
        """When the open case was opened; None if none is open."""
        return (self.opened_at or self.at) if self.has_open_case else None

    def followed_by(self, later: Answer) -> Answer:
        """The answer that counts after ``later``, another one of the customer about the same order, was sent.

        It is this one if that is the same, a form that was sent before, older than this one, or too late.
        """
        forms = later.forms or ()
        is_same = (later.score, later.comment) == (self.score, self.comment)
        is_repeated = bool(set(forms) & set(self.forms or ()))
        if is_same or is_repeated or not self.at <= later.at < self.final_at:
            return self
        at = max(later.at, self.version_at + INSTANT)
        return replace(
            later,
            at=at,
            first_at=self.begun_at,
            former=self.score,
            opened_at=self.case_opened_at or (at if later.is_bad else None),
            forms=(*(self.forms or ()), *forms)[-FORMS:] or None,
        )

    def closed(self, now: datetime) -> Answer:
        """The answer with its case closed by the team."""
        return replace(self, case_closed_at=max(now, self.version_at))

    def events(self) -> Iterator[Event]:
        """That it was given, and that it was changed."""
        yield SurveyAnswered(self.order_id, self.begun_at, self)
        if self.first_at:
            yield AnswerChanged(self.order_id, self.at, self)


def form_digest(shown: str, score: int, comment: str) -> tuple[str, ...] | None:
    """The mark of a form that was ``shown`` at that time and sent with this answer; None if it names no time.

    A browser may send a form again on its own, long after: its answer is no new one.
    """
    text = f"{shown}|{score}|{comment}"
    return (hashlib.sha256(text.encode()).hexdigest()[:16],) if shown else None


@dataclass(frozen=True, slots=True)
class SurveyAnswered(Event):
    """A customer answered the survey about an order; its time is that of the first answer."""

    key_name: ClassVar[str] = "order_id"
    enrolls: ClassVar[bool] = True
    answer: Answer


@dataclass(frozen=True, slots=True)
class AnswerChanged(Event):
    """A customer answered the survey about an order anew, within a day of the first answer."""

    key_name: ClassVar[str] = "order_id"
    enrolls: ClassVar[bool] = True
    answer: Answer
