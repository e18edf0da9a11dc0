"""SES's events as they come through SNS, each whole: the mail's tags find the run, and its kind says what happened."""

import json
from typing import Any

import pytest

from chalicelib.adapters.mail.reports import read_report
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.messages.report import Unreachable
from chalicelib.entry.reports import VALIDATED
from tests.builders import utc
from tests.webhooks.given import PAYLOADS

EVENTS = PAYLOADS / "ses"
BOUNCED, COMPLAINED = Unreachable("ann@example.com", "bounce"), Unreachable("ann@example.com", "complaint")


EXPECTED: dict[str, tuple[Kind | None, str | None, tuple[Unreachable, ...]]] = {
    "send": (None, None, ()),
    "delivery": (Kind.DELIVERED, None, ()),
    "delivery_delay": (None, None, ()),
    "bounce_permanent": (Kind.BOUNCED, "Permanent", (BOUNCED,)),
    "bounce_suppressed": (Kind.BOUNCED, "Permanent", (BOUNCED,)),
    "bounce_mailbox_full": (Kind.BOUNCED, "MailboxFull", ()),
    "bounce_auto_reply": (Kind.BOUNCED, "Transient", ()),
    "complaint": (Kind.COMPLAINED, None, (COMPLAINED,)),
    "complaint_not_spam": (None, None, ()),
    "open": (Kind.OPENED, None, ()),
    "click": (Kind.CLICKED, None, ()),
    "reject": (Kind.FAILED, "Bad content", ()),
    "subscription": (None, None, ()),
}
"""What each event says: its kind (None: no more than that the mail was sent), why, and who gets no mail any more."""


def event(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("name", sorted(path.stem for path in EVENTS.glob("*.json")))
def test_each_event_is_read(name: str) -> None:
    report = read_report(event(name))

    assert (report.kind, report.reason, report.unreachable) == EXPECTED[name]
    assert report.tags
    assert (report.tags.send_id, report.tags.customer, report.tags.run, report.tags.step) == (
        "s1", "ann", "abandoned_cart#cart-1", "reminder",
    )  # fmt: skip
    assert (report.sent_at, report.recipients) == (utc("2026-03-03 09:00"), ("ann@example.com",))


def test_a_click_has_its_link_and_its_time() -> None:
    report = read_report(event("click"))

    assert (report.link, report.at) == ("https://shop.example/cart?r=example", utc("2026-03-03 10:00:21.003"))


def test_the_text_by_which_ses_finds_its_topic_is_no_event() -> None:
    assert (EVENTS / "topic_validated.txt").read_text("utf-8").startswith(VALIDATED)
