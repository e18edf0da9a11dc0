"""SES tells what became of a mail; each event is recorded on its run, once, in whatever order they come."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.settlement import sent_outcome
from chalicelib.domain.time import from_text
from chalicelib.services.measures import Measure, Tell, tell_nobody

log = logging.getLogger("rekindle.feedback")

KINDS = {
    "Delivery": Kind.DELIVERED,
    "Open": Kind.OPENED,
    "Click": Kind.CLICKED,
    "Bounce": Kind.BOUNCED,
    "Complaint": Kind.COMPLAINED,
    "Reject": Kind.FAILED,
}
WATCHED = {Kind.DELIVERED: Measure.DELIVERED, Kind.COMPLAINED: Measure.COMPLAINTS}
MACHINE_SPEED = timedelta(seconds=15)
"""A click or open so soon after the send is a scanner's, not a human's. (Not after the delivery, which may be told
later than the click: what counts must not depend on the order in which SES's events arrive.)"""


class RunStore(Protocol):
    """Where outcomes and suppressions are kept."""

    def add_outcome(self, customer: str, enrollment_id: str, *outcomes: Outcome) -> bool: ...
    def suppress(self, address_hash: str, reason: str, at: datetime) -> None: ...


@dataclass(frozen=True)
class Feedback:
    """Handles the feedback queue: SES events as SNS delivers them raw."""

    runs: RunStore
    address_hash: Callable[[str], str]
    tell: Tell = tell_nobody

    def __call__(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Handle an SQS event; messages that may succeed later are answered as failed."""
        failed = []
        for record in event["Records"]:
            try:
                self.event(json.loads(record["body"]))
            except (Unavailable, Conflict):
                failed.append({"itemIdentifier": record["messageId"]})
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                about = {"message_id": record["messageId"], "error": type(error).__name__}
                log.error("not an event of SES", extra=about)
                failed.append({"itemIdentifier": record["messageId"]})
        return {"batchItemFailures": failed}

    def event(self, body: Mapping[str, Any]) -> None:
        """Record one event. One whose tags are none of ours is left alone; its bounce or complaint still counts."""
        kind, mail = body["eventType"], body["mail"]
        for address, reason in _hopeless(kind, body):
            self.runs.suppress(self.address_hash(address), reason, from_text(mail["timestamp"]))
        tags = {name: values[0] for name, values in mail.get("tags", {}).items() if values}
        if not {"send_id", "customer", "journey", "occurrence", "step"} <= tags.keys():
            log.warning("unknown tag", extra={"kind": kind})
            return
        customer, run, step = tags["customer"], f"{tags['journey']}#{tags['occurrence']}", tags["step"]
        outcomes = [sent_outcome(tags["send_id"], step, from_text(mail["timestamp"]))]
        if told := self._outcome(kind, body, tags["send_id"], step):
            outcomes.append(told)
        is_new = self.runs.add_outcome(customer, run, *outcomes)
        if is_new and outcomes[-1].kind in WATCHED:
            self.tell(WATCHED[outcomes[-1].kind], 1)

    def _outcome(self, kind: str, body: Mapping[str, Any], send_id: str, step: str) -> Outcome | None:
        if kind not in KINDS:
            return None
        detail = body[kind.lower()]
        at = from_text(detail.get("timestamp") or body["mail"]["timestamp"])
        name, automated, reason = f"{KINDS[kind]}#{send_id}", False, detail.get("bounceType") or detail.get("reason")
        if kind in ("Open", "Click") and at < from_text(body["mail"]["timestamp"]) + MACHINE_SPEED:
            name, automated = f"{name}#machine", True
        return Outcome(name, KINDS[kind], at, step=step, reason=reason, automated=automated, about=detail.get("link"))


def _hopeless(kind: str, body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The addresses that must not be written to again: gone for good, or whose owner complained."""
    if kind == "Bounce" and body["bounce"]["bounceType"] == "Permanent":
        for recipient in body["bounce"]["bouncedRecipients"]:
            yield recipient["emailAddress"], "bounce"
    if kind == "Complaint":
        for recipient in body["complaint"]["complainedRecipients"]:
            yield recipient["emailAddress"], "complaint"
