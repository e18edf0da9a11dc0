"""The queue of delivery reports, which SES publishes of each mail."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.adapters.mail.reports import read_report
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.entry.messages import Answer, messages
from chalicelib.services.feedback import Feedback

log = logging.getLogger("rekindle.feedback")
MALFORMED = (ValueError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True)
class ReportQueue:
    """The queue of SES's events, as SNS delivers them raw."""

    service: Feedback

    def __call__(self, event: Mapping[str, Any]) -> Answer:
        """Record each report; messages that may succeed later, or cannot be read, are returned as failed."""
        failed = []
        for message_id, body in messages(event):
            try:
                self.service(read_report(json.loads(body)))
            except (Unavailable, Conflict):
                failed.append({"itemIdentifier": message_id})
            except MALFORMED as error:
                log.error("not an event of SES", extra={"message_id": message_id, "error": type(error).__name__})
                failed.append({"itemIdentifier": message_id})
        return {"batchItemFailures": failed}
