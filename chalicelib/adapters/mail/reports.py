"""Converts SES's events about a mail to delivery reports.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.messages.report import TEMPORARY, DeliveryReport
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
GENERAL = "General"
NOT_SPAM = "not-spam"
"""The feedback type (RFC 6430) of a person who took the mail out of the spam folder: no complaint, but its opposite."""


def read_report(event: Mapping[str, Any]) -> DeliveryReport:
    """The report in one event of SES; raises ``ValueError``, ``KeyError`` or ``TypeError`` for anything else."""
    name, mail = event["eventType"], event["mail"]
    detail: Mapping[str, Any] = event[name.lower()] if name in KINDS else {}
    kind = None if str(detail.get("complaintFeedbackType")).lower() == NOT_SPAM else KINDS.get(name)
    sent_at = from_text(mail["timestamp"])
    tags = SendTags.read({name: _text(values[0]) for name, values in mail.get("tags", {}).items() if values})
    sent_to = tuple(map(_text, mail.get("destination") or ())) if tags else ()
    return DeliveryReport(
        kind=kind,
        at=from_text(detail["timestamp"]) if detail.get("timestamp") else sent_at,
        sent_at=sent_at,
        tags=tags,
        reason=_reason(detail),
        link=_text_or_none(detail.get("link")),
        recipients=sent_to or tuple(_named(kind, event)),
    )


def _reason(detail: Mapping[str, Any]) -> str | None:
    """Why a mail bounced or was refused; a temporary bounce has its subtype as the reason, if SES knows one."""
    kind, subtype = _text_or_none(detail.get("bounceType")), _text_or_none(detail.get("bounceSubType"))
    if kind == TEMPORARY and subtype and subtype != GENERAL:
        return subtype
    return kind or _text_or_none(detail.get("reason"))


def _named(kind: Kind | None, event: Mapping[str, Any]) -> Iterator[str]:
    """The addresses that bounced or complained, as the report names them."""
    if kind is Kind.BOUNCED:
        yield from (_text(recipient["emailAddress"]) for recipient in event["bounce"]["bouncedRecipients"])
    if kind is Kind.COMPLAINED:
        yield from (_text(recipient["emailAddress"]) for recipient in event["complaint"]["complainedRecipients"])


def _text(value: object) -> str:
    if not isinstance(value, str):  # it would be stored, and could not be read again
        raise TypeError("expected a text")
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)
