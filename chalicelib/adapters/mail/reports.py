"""Converts SES's events about a mail to delivery reports."""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.messages.report import DeliveryReport
from chalicelib.domain.messages.tags import SendTags
from chalicelib.domain.time import from_text

KINDS = {
    "Delivery": Kind.DELIVERED,
    "Open": Kind.OPENED,
    "Click": Kind.CLICKED,
    "Bounce": Kind.BOUNCED,
    "Complaint": Kind.COMPLAINED,
    "Reject": Kind.FAILED,
}
"""SES's event types; any other (``Send``, ``DeliveryDelay``) only means that the mail was sent."""


def read_report(event: Mapping[str, Any]) -> DeliveryReport:
    """The report in one event of SES; raises ``ValueError``, ``KeyError`` or ``TypeError`` for anything else."""
    kind, mail = event["eventType"], event["mail"]
    sent_at = from_text(mail["timestamp"])
    detail: Mapping[str, Any] = event[kind.lower()] if kind in KINDS else {}
    tags = {name: values[0] for name, values in mail.get("tags", {}).items() if values}
    return DeliveryReport(
        kind=KINDS.get(kind),
        at=from_text(detail["timestamp"]) if detail.get("timestamp") else sent_at,
        sent_at=sent_at,
        tags=SendTags.read(tags),
        reason=detail.get("bounceType") or detail.get("reason"),
        link=detail.get("link"),
        recipients=tuple(_recipients(kind, event)),
    )


def _recipients(kind: str, event: Mapping[str, Any]) -> Iterator[str]:
    """The addresses that the report is about."""
    if kind == "Bounce":
        yield from (recipient["emailAddress"] for recipient in event["bounce"]["bouncedRecipients"])
    if kind == "Complaint":
        yield from (recipient["emailAddress"] for recipient in event["complaint"]["complainedRecipients"])
