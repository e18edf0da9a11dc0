"""SQS messages: batches of due enrollments, pages of an audience, delivery reports of SES."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.adapters.mail.reports import read_report
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.services.audience import Audience
from chalicelib.services.dispatch import Dispatch
from chalicelib.services.feedback import Feedback

log = logging.getLogger("rekindle.feedback")
MALFORMED = (ValueError, KeyError, TypeError, AttributeError)
Answer = dict[str, Any]


@dataclass(frozen=True)
class DueQueue:
    """The FIFO queue: each message is ``{"keys": [[pk, sk], …]}``."""

    service: Dispatch

    def __call__(self, event: Mapping[str, Any], has_time: Callable[[], bool] = lambda: True) -> Answer:
        """Handle batches; ``has_time`` says whether another customer may be begun."""
        for _, body in _messages(event):
            self.service([(pk, sk) for pk, sk in json.loads(body)["keys"]], has_time)
        return {}


@dataclass(frozen=True)
class AudienceQueue:
    """The queue of launches: each message is ``{"launch": id, "start": customer or null}``."""

    service: Audience

    def __call__(self, event: Mapping[str, Any]) -> Answer:
        """Enroll a page of each launch's segment."""
        for _, body in _messages(event):
            message = json.loads(body)
            self.service(message["launch"], message["start"])
        return {"batchItemFailures": []}


@dataclass(frozen=True)
class ReportQueue:
    """The queue of SES's events, as SNS delivers them raw."""

    service: Feedback

    def __call__(self, event: Mapping[str, Any]) -> Answer:
        """Record each report; messages that may succeed later, or cannot be read, are returned as failed."""
        failed = []
        for message_id, body in _messages(event):
            try:
                self.service(read_report(json.loads(body)))
            except (Unavailable, Conflict):
                failed.append({"itemIdentifier": message_id})
            except MALFORMED as error:
                log.error("not an event of SES", extra={"message_id": message_id, "error": type(error).__name__})
                failed.append({"itemIdentifier": message_id})
        return {"batchItemFailures": failed}


def _messages(event: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """``(message id, body)`` of each record."""
    return ((record["messageId"], record["body"]) for record in event["Records"])
