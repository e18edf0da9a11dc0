"""Store the result of a due run, and report failures: as metrics, and as log lines an operator can act on."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.errors import Conflict
from chalicelib.domain.journeys.journey import Journey
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.journeys.settlement import parked
from chalicelib.services.metrics import Emit, Metric, emit_nothing
from chalicelib.services.ports import RunStore

log = logging.getLogger("rekindle.dispatch")
WATCHED = {Kind.FAILED: Metric.FAILED_ENROLLMENTS, Kind.ABANDONED: Metric.UNKNOWN_SENDS}


@dataclass(frozen=True)
class Settle:
    """Stores runs after a decision.

    ``following`` begins the next occasion of a cart whose run has ended; ``unearned`` takes back what was credited to a
    run whose first message was refused.
    """

    runs: RunStore
    policy: Policy
    following: Callable[[Enrollment], None]
    unearned: Callable[[Enrollment], None]
    emit: Emit = emit_nothing

    def __call__(self, before: Enrollment, after: Enrollment) -> None:
        """Store ``after`` over ``before``; raises ``Conflict``.

        What the run's cart became meanwhile is looked at before, for a process that dies, and after, for what is told
        in between.
        """
        self.following(after)
        self.runs.save(before, after)
        self.following(after)
        self.not_sent(before, after)
        for outcome in after.outcomes.keys() - before.outcomes.keys():
            if metric := WATCHED.get(after.outcomes[outcome].kind):
                self.emit(metric, 1)
        if Kind.FAILED in after.outcomes and Kind.FAILED not in before.outcomes:
            _log_failure(before, after.outcomes[Kind.FAILED].reason)

    def not_sent(self, claim: Enrollment, after: Enrollment) -> None:
        """If this was a claim of a run's first message, of which nothing was sent: nothing is credited to it."""
        if claim.first_allowed_at is not None and after.first_allowed_at is None:
            self.unearned(after)

    def park(self, run: Enrollment, now: datetime, reason: str, *, for_now: bool = False) -> Enrollment | None:
        """Postpone a run that cannot be handled, so that it never blocks its lane; ``for_now`` is not a failure.

        Returns it if it has failed.
        """
        try:
            later = self.runs.save(run, parked(run, now, self.policy, reason, for_now=for_now))
        except Conflict:
            return None
        if Kind.FAILED not in later.outcomes:
            return None
        self.emit(Metric.FAILED_ENROLLMENTS, 1)
        _log_failure(run, reason)
        return later

    def reopen(self, failed: Enrollment, journey: Journey, again: Callable[[Journey, Enrollment], Enrollment]) -> None:
        """Take a run up again that has just failed, if its answer came meanwhile: whoever told it saw it being sent."""
        reopened = again(journey, failed)
        if reopened is not failed:
            with suppress(Conflict):
                self.runs.save(failed, reopened)


def names(run: Enrollment) -> dict[str, str | None]:
    """The fields of a run that a log line may show: no address, no name."""
    return {"customer": run.customer, "enrollment": run.id, "journey": run.journey, "send_id": run.send_id}


def _log_failure(run: Enrollment, reason: str | None) -> None:
    commands = {"show": f"rekindle show {run.customer}", "retry": f"rekindle retry {run.customer} '{run.id}'"}
    log.error("enrollment failed", extra={**names(run), **commands, "error": reason})
