"""All parts, and the handlers of the Lambdas."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chalicelib.entry.audience import AudienceQueue
    from chalicelib.entry.commerce import CommerceStream
    from chalicelib.entry.due import DueQueue
    from chalicelib.entry.engagement import EngagementStream
    from chalicelib.entry.own_tables import OwnTablesStream
    from chalicelib.entry.reports import ReportQueue
    from chalicelib.services.breaker import Breaker

from chalicelib.wiring.services import Services


class Parts(Services):
    """All parts of one deployment. The Lambdas use one instance; tests and the local machine make their own."""

    @cached_property
    def commerce_stream(self) -> CommerceStream:
        """Handles changed facts."""
        from chalicelib.entry.commerce import CommerceStream
        from chalicelib.services.enroll import Enroll

        service = Enroll(
            facts=self.facts,
            names=self.names,
            engagement=self.engagement,
            runs=self.runs,
            credits=self.credits,
            standings=self.standings,
            suppressions=self.suppressions,
            audience=self._queue(self.settings.audience_queue_url),
            journeys=self.journeys.versions,
            current=self.journeys.current,
            policy=self.settings.policy,
            clock=self.clock,
            merge=lambda customer: self.merge(customer),
            erase=lambda customer: self.erase(customer),
        )
        return CommerceStream(service, self.poison, self.later, self.emit, self.clock)

    @cached_property
    def engagement_stream(self) -> EngagementStream:
        """Handles changed outcomes and standings."""
        from chalicelib.entry.engagement import EngagementStream
        from chalicelib.services.rollup import Rollup

        return EngagementStream(Rollup(self.counters, self.clock), self.breaker, self.poison, self.emit)

    @cached_property
    def breaker(self) -> Breaker:
        """Stops journeys, and lets them go on."""
        from chalicelib.services.breaker import Breaker

        return Breaker(self.counters, self.pauses, self.settings.policy, self.clock, self.emit)

    @cached_property
    def own_tables_stream(self) -> OwnTablesStream:
        """Handles changes of the shop's own tables."""
        from chalicelib.entry.own_tables import OwnTablesStream
        from chalicelib.services.adopt import Adopt
        from chalicelib.sources.own_tables.mapping import load
        from chalicelib.sources.own_tables.tables import OwnTables

        tables = OwnTables(self._own_tables() if self._own_tables else load(self.settings.own_tables.read_bytes()))
        return OwnTablesStream(tables, Adopt(self.ingest), self.poison, self.emit)

    @cached_property
    def audience_queue(self) -> AudienceQueue:
        """Handles announced launches: enrolls their segments."""
        from chalicelib.entry.audience import AudienceQueue
        from chalicelib.services.audience import Audience

        service = Audience(
            facts=self.facts,
            standings=self.standings,
            runs=self.runs,
            suppressions=self.suppressions,
            queue=self._queue(self.settings.audience_queue_url),
            journeys=self.journeys.current,
            policy=self.settings.policy,
            clock=self.clock,
            emit=self.emit,
        )
        return AudienceQueue(service)

    @cached_property
    def due_queue(self) -> DueQueue:
        """Handles batches of due enrollments."""
        from chalicelib.entry.due import DueQueue
        from chalicelib.services.circuits import Circuits
        from chalicelib.services.compose import coupon_code
        from chalicelib.services.dispatch import Dispatch
        from chalicelib.services.send import SendMessage

        def move(run: Any, into: str) -> None:
            self.merge.run(run, into)

        def arrive(run: Any, into: str) -> None:
            self.merge.arrive(run, into)

        send = SendMessage(
            facts=self.facts,
            runs=self.runs,
            coupons=self.coupons,
            suppressions=self.suppressions,
            carriers=self.carriers,
            decide=self._decide,
            settle=self._settle,
            history=self._history,
            policy=self.settings.policy,
            clock=self.clock,
            move=move,
            code_of=lambda run: coupon_code(self.identity.secret, run.send_id),
        )
        service = Dispatch(
            facts=self.facts,
            due=self.due,
            history=self._history,
            decide=self._decide,
            send=send,
            settle=self._settle,
            circuits=Circuits(self.circuits, self.clock, self.emit),
            journeys=self.journeys.versions,
            clock=self.clock,
            move=move,
            arrive=arrive,
            workers=self.settings.workers,
        )
        return DueQueue(service)

    @cached_property
    def report_queue(self) -> ReportQueue:
        """Handles delivery reports."""
        from chalicelib.entry.reports import ReportQueue
        from chalicelib.services.feedback import Feedback

        service = Feedback(self.runs, self.suppressions, self.bounces, self.identity.address_hash, self.emit)
        return ReportQueue(service, self.read_report)

    def guard(self, event: Any, answer: Callable[[Any], Any]) -> Any:
        """Handle an event of any function, as Chalice's middleware: its errors are logged without their texts."""
        _ = self.settings
        from chalicelib.adapters import logs

        with logs.guarded():
            return answer(event)
