"""A launch was announced or changed: enroll its segment of any size, one page of members per message."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.launch import Announcement, Launch
from chalicelib.domain.journeys.corrections import begun_anew, reopened
from chalicelib.domain.journeys.engine import enroll, exit_reason, rest
from chalicelib.domain.journeys.journey import Journey
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment, Status
from chalicelib.domain.journeys.situation import Situation
from chalicelib.services.metrics import Emit, Metric, emit_nothing
from chalicelib.services.ports import FactStore, Queue, RunStore, StandingStore, SuppressionStore

log = logging.getLogger("rekindle.audience")

MEMBERS = 50


@dataclass(frozen=True)
class Audience:
    """Handles the audience queue. Handling a page twice changes nothing."""

    facts: FactStore
    standings: StandingStore
    runs: RunStore
    suppressions: SuppressionStore
    queue: Queue
    journeys: tuple[Journey, ...]
    policy: Policy
    clock: Callable[[], datetime]
    emit: Emit = emit_nothing

    def __call__(self, launch_id: str, start: str | None, members: Sequence[str] | None = None) -> None:
        """Enroll one page of the launch's segment and queue the next.

        ``members``: only these, who joined it since, or could not be read or stored before. Raises ``Unavailable`` if
        some still cannot.
        """
        launch = self.facts.launches([launch_id]).get(launch_id)
        if launch is None or launch.withdrawn or launch.ends_at <= self.clock():
            return
        if members is not None:
            if left := self._enrolled(members, launch):
                raise Unavailable(f"{len(left)} of {len(members)} members")
            return
        page, following = self.standings.members(launch.segment, start, MEMBERS)
        if left := self._enrolled(page, launch):
            self.queue.put({"launch": launch_id, "start": None, "members": left})
        if following:
            self.queue.put({"launch": launch_id, "start": following})

    def _enrolled(self, members: Sequence[str], launch: Launch) -> list[str]:
        """Enroll these members; returns those who must be tried again, whose trouble is that of no other."""
        erased, left = self.suppressions.erased(members), list[str]()
        known = self.standings.announcement(launch.id) or Announcement(launch.at, launch.at)
        for customer in members:
            if customer in erased:
                continue
            try:
                self._member(customer, launch, known)
            except Unavailable as error:
                log.warning("member postponed", extra={"customer": customer, "error": str(error)})
                left.append(customer)
            except Exception as error:
                log.exception("member skipped", extra={"customer": customer, "error": type(error).__name__})
                self.emit(Metric.FAILED_ENROLLMENTS, 1)
        return left

    def _member(self, customer: str, launch: Launch, known: Announcement) -> None:
        facts = replace(self.facts.of(customer), launch=launch)
        for event in launch.events():
            for journey in self.journeys:
                run = enroll(journey, event, customer, facts, self.clock(), self.policy)
                if run is None:
                    continue
                run = replace(run, entered_at=min(run.entered_at, known.announced_at))  # an order since then ends it
                if not self.runs.create(run):
                    self._bring_forward(journey, run, facts, known.noticed_at)

    def _bring_forward(self, journey: Journey, run: Enrollment, facts: Facts, noticed_at: datetime) -> None:
        """The launch changed: a waiting run may be due sooner (if it is due later, that is seen when it is due).

        One that is due may be in the hands of a dispatcher who read the launch before it changed: with a later due time
        that one gets a conflict, and looks again.

        One that ended because the launch was called off, or over, goes on if it is announced again; one that ended with
        no message, and no order of it, begins anew if the launch changed since, or is due later for this member. Raises
        ``Unavailable`` while one is being sent.
        """
        known = self.runs.get(run.customer, run.id)
        if known is None:
            return
        if known.status is Status.SENDING:
            if known.claimed_at and self.clock() < known.claimed_at + self.policy.lease:
                raise Unavailable("a message that is being sent")
            return  # nobody sends it any more: what comes after it is decided when that is known
        situation = Situation(known, facts, self.clock(), self.policy)
        again = reopened(journey, situation) if known.status is Status.ENDED else rest(journey, situation)
        if again is known and known.status is Status.ENDED and not exit_reason(journey, situation):
            again = begun_anew(known, run, noticed_at, self.clock())
        is_sooner = again.due_at is None or known.due_at is None or again.due_at < known.due_at
        if known.status is Status.WAITING and known.due_at and known.due_at <= self.clock() and not is_sooner:
            again, is_sooner = replace(known, due_at=self.clock()), True
        if again is not known and is_sooner:
            with suppress(Conflict):
                self.runs.save(known, again)
