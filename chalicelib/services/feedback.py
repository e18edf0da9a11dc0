"""Delivery reports: each is recorded on its run exactly once, in any order."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.settlement import sent_outcome
from chalicelib.domain.messages.attempts import mark_of
from chalicelib.domain.messages.report import DeliveryReport
from chalicelib.services.metrics import Emit, Metric, emit_nothing
from chalicelib.services.ports import BounceStore, RunStore, SuppressionStore
from chalicelib.services.soft_bounces import SoftBounces

log = logging.getLogger("rekindle.feedback")
METRICS = {Kind.DELIVERED: Metric.DELIVERED, Kind.COMPLAINED: Metric.COMPLAINTS}


@dataclass(frozen=True)
class Feedback:
    """Records delivery reports."""

    runs: RunStore
    suppressions: SuppressionStore
    bounces: BounceStore
    address_hash: Callable[[str], str]
    emit: Emit = emit_nothing

    def __call__(self, report: DeliveryReport) -> None:
        """Record one report. For a message that is not ours, only an unreachable address is recorded."""
        for each in report.unreachable:
            self.suppressions.suppress(self.address_hash(each.address), each.reason, report.at)
        tags = report.tags
        if tags is None:
            log.warning("unknown tags", extra={"kind": str(report.kind or Kind.SENT)})
            return
        if report.to_team and report.is_final:  # SES stops mails to this address: the team would hear no more
            log.error(
                "notice to the team not accepted",
                extra={"kind": str(report.kind), "customer": tags.customer, "enrollment": tags.run},
            )
        outcomes = [sent_outcome(tags.send_id, tags.step, report.sent_at, to_team=tags.to_team)]
        if outcome := report.outcome(tags):
            if outcome.kind is Kind.DELIVERED and (hashes := self._hashes(report)):
                outcome = replace(outcome, about=mark_of(min(hashes)))
            outcomes.append(outcome)
        is_new = self.runs.add_outcome(tags.customer, tags.run, *outcomes)
        if is_new and not tags.to_team and (metric := METRICS.get(outcomes[-1].kind)):
            self.emit(metric, 1)
        if report.is_soft_bounce:
            self.judge(report)

    def to_bouncing(self, reports: Sequence[DeliveryReport]) -> list[DeliveryReport]:
        """Of these reports, the deliveries to addresses with soft bounces, to judge. They must be recorded before."""
        found = [(each, self._hashes(each)) for each in reports if each.kind is Kind.DELIVERED]
        hashes = {digest for _, digests in found for digest in digests}
        bouncing = self.bounces.bouncing(hashes) if hashes else frozenset()
        return [each for each, digests in found if digests & bouncing]

    def judge(self, report: DeliveryReport) -> None:
        """Judge the address of a soft bounce or a delivery: suppress it after too many bounces, or take that back."""
        for digest in self._hashes(report):
            if report.tags:
                SoftBounces(self.bounces, self.suppressions, self.runs)(digest, report, report.tags)

    def _hashes(self, report: DeliveryReport) -> set[str]:
        """The addresses of a mail of ours to a customer."""
        return set(map(self.address_hash, report.recipients)) if report.tags and not report.to_team else set()
