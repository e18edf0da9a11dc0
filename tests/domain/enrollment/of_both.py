"""Runs that two customers had about the cart k, who turn out to be one person."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.run import End, Enrollment, Status
from tests.builders import START, an_enrollment

HOUR = timedelta(hours=1)
SENT = Outcome("sent#1", Kind.SENT, START, step="message")


def a_run(**more: Any) -> Enrollment:
    """A run of the cart k that waits for its message."""
    given: dict[str, Any] = {"subject": "k", "occurrence": "k", "trigger": "CartChanged"}
    return an_enrollment(**(given | more))


def over(run: Enrollment, reason: str, content: str | None = "x") -> Enrollment:
    """The run, ended an hour after it began."""
    at = run.entered_at + HOUR
    return replace(run.ended(at, reason), end=End(at, content))


def given_up(run: Enrollment) -> Enrollment:
    """The claimed run, its message given up as unknown."""
    unknown = Outcome("abandoned#1", Kind.ABANDONED, START, step=run.step, reason="unknown_send")
    return replace(run.with_outcome(unknown), status=Status.WAITING, claimed_at=None)
