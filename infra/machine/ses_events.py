"""The events that SES publishes about a mail through a configuration set, as AWS documents them.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from infra.machine.inbox import AcceptedMail

EVENT_TYPES = {
    "send": "Send",
    "delivery": "Delivery",
    "open": "Open",
    "click": "Click",
    "bounce": "Bounce",
    "complaint": "Complaint",
    "reject": "Reject",
    "renderingFailure": "Rendering Failure",
}
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"


def ses_event(
    mail: AcceptedMail, event_type: str, at: datetime, details: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The event ``event_type`` (as in ``EVENT_TYPES``) of a mail at ``at``, UTC; ``details`` replace the defaults.

    Raises KeyError for an event type that SES does not have.
    """
    name = EVENT_TYPES[event_type]
    key = "failure" if event_type == "renderingFailure" else event_type
    return {"eventType": name, "mail": _mail(mail), key: _own(mail, event_type, at) | dict(details or {})}


def _mail(mail: AcceptedMail) -> dict[str, Any]:
    tags = {"ses:configuration-set": mail.configuration_set or "", "ses:source-ip": "127.0.0.1"} | dict(mail.tags)
    return {
        "timestamp": _timestamp(mail.at),
        "source": mail.sender,
        "sourceArn": f"arn:aws:ses:us-east-1:123456789012:identity/{mail.sender}",
        "sendingAccountId": "123456789012",
        "messageId": mail.message_id,
        "destination": list(mail.to),
        "headersTruncated": False,
        "headers": [{"name": name, "value": value} for name, value in mail.headers.items()],
        "commonHeaders": {
            "from": [mail.sender],
            "to": list(mail.to),
            "messageId": mail.message_id,
            "subject": mail.subject,
        },
        "tags": {name: [value] for name, value in tags.items()},
    }


def _own(mail: AcceptedMail, event_type: str, at: datetime) -> dict[str, Any]:
    when = _timestamp(at)
    recipients = [{"emailAddress": address} for address in mail.to]
    visitor = {"timestamp": when, "ipAddress": "192.0.2.1", "userAgent": IPHONE}
    match event_type:
        case "delivery":
            return {
                "timestamp": when,
                "processingTimeMillis": int((at - mail.at).total_seconds() * 1000),
                "recipients": list(mail.to),
                "smtpResponse": "250 2.6.0 Message received",
                "reportingMTA": "mta.example.com",
            }
        case "open":
            return visitor
        case "click":
            return visitor | {"link": "https://shop.example/", "linkTags": None}
        case "bounce":
            return {
                "bounceType": "Permanent",
                "bounceSubType": "General",
                "bouncedRecipients": [each | {"action": "failed", "status": "5.1.1"} for each in recipients],
                "timestamp": when,
                "feedbackId": f"{mail.message_id}-bounce",
                "reportingMTA": "dsn; mta.example.com",
            }
        case "complaint":
            return {
                "complainedRecipients": recipients,
                "timestamp": when,
                "feedbackId": f"{mail.message_id}-complaint",
                "complaintSubType": None,
                "complaintFeedbackType": "abuse",
                "arrivalDate": when,
            }
        case "reject":
            return {"reason": "Bad content"}
        case "renderingFailure":
            return {"templateName": "", "errorMessage": "Attribute is not present in the rendering data."}
        case _:
            return {}


def _timestamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"
