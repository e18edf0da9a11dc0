"""The queue of delivery reports, which the providers publish of each message."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.messages.report import DeliveryReport
from chalicelib.entry.messages import Answer, messages
from chalicelib.services.feedback import Feedback

log = logging.getLogger("rekindle.feedback")
VALIDATED = "Successfully validated SNS topic"
"""How SES begins the only message that is no event: it sends it once, when the topic is set up."""
MALFORMED = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)


@dataclass(frozen=True)
class ReportQueue:
    """The queue of the providers' events, as SNS delivers them raw; ``read`` raises for one that it does not know."""

    service: Feedback
    read: Callable[[Mapping[str, Any]], DeliveryReport]

    def __call__(self, event: Mapping[str, Any]) -> Answer:
        """Record each report; messages that may succeed later, or cannot be read, are returned as failed."""
        failed, recorded = list[str](), list[tuple[str, DeliveryReport]]()
        for message_id, body in messages(event):
            if body.startswith(VALIDATED):
                log.info("the mail service has found the topic of its reports")
                continue
            try:
                report = self.read(json.loads(body))
                self.service(report)
                recorded.append((message_id, report))
            except (Unavailable, Conflict):
                failed.append(message_id)
            except MALFORMED as error:
                log.error("not a delivery report", extra={"message_id": message_id, "error": type(error).__name__})
                failed.append(message_id)
        failed += self._not_judged(recorded)
        return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}

    def _not_judged(self, recorded: list[tuple[str, DeliveryReport]]) -> list[str]:
        """Judge the addresses of the batch's deliveries, read at once; returns the messages that failed."""
        failed = []
        try:
            bouncing = self.service.to_bouncing([report for _, report in recorded])
        except Unavailable:
            return [message_id for message_id, report in recorded if report.kind is Kind.DELIVERED]
        for message_id, report in recorded:
            try:
                if report in bouncing:
                    self.service.judge(report)
            except (Unavailable, Conflict):
                failed.append(message_id)
        return failed
