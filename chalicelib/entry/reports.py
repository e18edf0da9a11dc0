"""The queue of delivery reports, which the providers publish of each message."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.messages.report import DeliveryReport
from chalicelib.entry.messages import Answer, messages
from chalicelib.services.feedback import Feedback

log = logging.getLogger("rekindle.feedback")
MALFORMED = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError)


@dataclass(frozen=True)
class ReportQueue:
    """The queue of the providers' events, as SNS delivers them raw; ``read`` raises for one that it does not know."""

    service: Feedback
    read: Callable[[Mapping[str, Any]], DeliveryReport]

    def __call__(self, event: Mapping[str, Any]) -> Answer:
        """Record each report; messages that may succeed later, or cannot be read, are returned as failed."""
        failed = []
        for message_id, body in messages(event):
            try:
                self.service(self.read(json.loads(body)))
            except (Unavailable, Conflict):
                failed.append({"itemIdentifier": message_id})
            except MALFORMED as error:
                log.error("not a delivery report", extra={"message_id": message_id, "error": type(error).__name__})
                failed.append({"itemIdentifier": message_id})
        return {"batchItemFailures": failed}
