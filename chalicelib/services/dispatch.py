"""A batch of enrollments is due: decide on fresh facts, send or settle.

    batch get ─ glance ──► claim ─ facts ─ judge ─► compose ─► send ─► settle
                  │                          └────► save                      (it must not be sent after all)
                  └──────► facts ─ decide ─► save                             (nothing to send)

A glance reads a batch's profiles and subjects in one call, and only shows what will probably be sent. Whether it is
sent, or why not, is decided on all the facts, read consistently; if there is a claim, after the claim.
A message is in the customer's contact history before it is sent, so caps are kept after a crash, and between two who
handle one customer at once.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.launch import Launch
from chalicelib.domain.journeys.contacts import Contacts
from chalicelib.domain.journeys.due import Unreadable
from chalicelib.domain.journeys.journey import Journey, Send
from chalicelib.domain.journeys.run import Enrollment, Status
from chalicelib.domain.journeys.settlement import recovered
from chalicelib.services.circuits import Circuits
from chalicelib.services.decide import Decide, Shared
from chalicelib.services.history import History
from chalicelib.services.metrics import Metric
from chalicelib.services.ports import DueStore, FactStore
from chalicelib.services.send import SendMessage, wait_for_merge
from chalicelib.services.settle import Settle, names

log = logging.getLogger("rekindle.dispatch")


@dataclass(frozen=True)
class Dispatch:
    """Handles batches of due enrollments; ``workers``: how many customers are handled at the same time.

    ``move`` moves a run to the customer into whom its own customer was merged; ``arrive`` completes a move that was
    interrupted.
    """

    facts: FactStore
    due: DueStore
    history: History
    decide: Decide
    send: SendMessage
    settle: Settle
    circuits: Circuits
    journeys: Mapping[tuple[str, int], Journey]
    clock: Callable[[], datetime]
    move: Callable[[Enrollment, str], None]
    arrive: Callable[[Enrollment, str], None]
    workers: int = 1

    def __call__(
        self, due: Sequence[tuple[str, str]], has_time: Callable[[], bool] = lambda: True, *, is_probe: bool = False
    ) -> None:
        """Handle those enrollments with these keys that are still due.

        ``has_time`` returns whether there is time to begin another customer. While a circuit is open, all stay due
        unless this ``is_probe``.
        """
        batch = self.due.batch(due, {journey.key for journey in self.journeys.values()})
        gate = self.circuits.gate(batch.circuits, is_probe=is_probe)
        if gate.is_shut:
            return
        for run, into in batch.moving:
            self._arrive(run, into)
        for each in batch.unreadable:
            self._postpone(each)
        runs, launches = self._with_launches(batch.enrollments)
        by_customer: dict[str, list[Enrollment]] = {}
        for run in sorted(runs, key=self._turn):
            by_customer.setdefault(run.customer, []).append(run)
        glances = self._glances(runs)
        shared = Shared(self._suppressed(glances), batch.paused, launches, gate)

        def one(customer: str) -> None:
            if has_time():
                contacts = batch.contacts.get(customer, Contacts())
                self._customer(by_customer[customer], glances.get(customer), contacts, shared)

        self._each(one, by_customer, workers=1 if gate.circuits else self.workers)

    def _with_launches(self, runs: Sequence[Enrollment]) -> tuple[list[Enrollment], Mapping[str, Launch]]:
        """The launches that these runs are about, and the runs without those whose launch cannot be read now."""
        try:
            return list(runs), self.decide.launches(runs)
        except (Unavailable, ValueError):
            readable: list[Enrollment] = []
            launches: dict[str, Launch] = {}
        for run in runs:
            try:
                launches |= self.decide.launches([run])
                readable.append(run)
            except (Unavailable, ValueError) as error:
                self._park(run, self.clock(), error)
        return readable, launches

    def _glances(self, runs: Sequence[Enrollment]) -> Mapping[str, Facts]:
        """What a glance shows; nothing if that cannot be read now: then all facts are read for each customer."""
        try:
            return self.facts.glance(runs)
        except Unavailable:
            return {}

    def _suppressed(self, glances: Mapping[str, Facts]) -> Mapping[str, bool]:
        """Which addresses are suppressed; nothing if that cannot be read now: then it is read for each message."""
        try:
            return self.decide.suppressed(glances.values())
        except Unavailable:
            return {}

    def _arrive(self, run: Enrollment, into: str) -> None:
        try:
            self.arrive(run, into)
        except (Conflict, Unavailable) as error:  # it is still due
            log.warning("move postponed", extra={**names(run), "error": str(error)})

    def _each(self, function: Callable[[str], None], things: Iterable[str], workers: int) -> None:
        if workers == 1:
            for thing in things:
                function(thing)
            return
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(function, things))

    def _turn(self, run: Enrollment) -> tuple[int, str]:
        journey = self.journeys.get((run.journey, run.journey_version))
        return -journey.priority if journey else 0, run.id

    def _customer(self, runs: Sequence[Enrollment], glance: Facts | None, contacts: Contacts, shared: Shared) -> None:
        for run in runs:
            now = self.clock()
            if run.due_at is None or run.due_at > now or shared.gate.is_shut:
                continue
            try:
                contacts = self._run(run, glance, self.history.add(run.customer, contacts, runs), shared)
            except Conflict:
                log.info("enrollment changed meanwhile", extra=names(run))
            except Exception as error:
                self._park(run, now, error)

    def _park(self, run: Enrollment, now: datetime, error: Exception) -> None:
        """Postpone one run: one customer's trouble is not that of the others in the batch."""
        for_now, kind = isinstance(error, Unavailable), type(error).__name__
        if for_now:
            log.warning("enrollment postponed", extra={**names(run), "error": str(error)})
        else:
            log.exception("enrollment postponed", extra={**names(run), "error": kind})
        try:
            failed = self.settle.park(run, now, str(error) if for_now else kind, for_now=for_now)
        except Unavailable as again:  # it stays due
            log.warning("enrollment not postponed", extra={**names(run), "error": str(again)})
            return
        journey = self.journeys.get((run.journey, run.journey_version))
        if failed and journey:
            try:
                self.settle.reopen(failed, journey, self.decide.after_failure)
            except Exception as again:  # its facts may be just what it failed of; it must not stop the others
                log.warning(
                    "failed enrollment not looked at again", extra={**names(run), "error": type(again).__name__}
                )

    def _postpone(self, each: Unreadable) -> None:
        """Postpone a run that cannot be read, with growing delays, until somebody mends it."""
        longest = self.settle.policy.longest_back_off
        until = self.clock() + min(timedelta(minutes=2 ** min(each.times, 10)), longest)
        extra = {"customer": each.customer, "enrollment": each.enrollment}
        log.error("enrollment unreadable", extra=extra)
        self.settle.emit(Metric.FAILED_ENROLLMENTS, 1)
        try:
            self.due.postpone(each.key, until)
        except Unavailable as error:  # it stays due
            log.warning("enrollment not postponed", extra={**extra, "error": str(error)})

    def _run(self, run: Enrollment, glance: Facts | None, contacts: Contacts, shared: Shared) -> Contacts:
        journey = self.journeys[run.journey, run.journey_version]
        if glance and run.status is Status.WAITING:
            ahead, decided = self.decide(journey, self.decide.situation(run, glance, contacts, shared), shared)
            if isinstance(decided, Send):
                return self.send(run, journey, decided, ahead, shared)
        facts = self.facts.of(run.customer)
        if facts.customer.key != run.customer:
            self.move(run, facts.customer.key)
            return contacts
        situation = self.decide.situation(run, facts, contacts, shared)
        if run.status is Status.SENDING:
            return self._settled(run, recovered(journey, situation), contacts)
        wait_for_merge(facts)
        ahead, decided = self.decide(journey, situation, shared)
        if isinstance(decided, Enrollment):
            return self._settled(run, decided, contacts)
        return self.send(run, journey, decided, ahead, shared)

    def _settled(self, before: Enrollment, after: Enrollment, contacts: Contacts) -> Contacts:
        self.settle(before, after)
        return self.history.add(before.customer, contacts, [after])
