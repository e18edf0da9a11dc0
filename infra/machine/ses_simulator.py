"""The behaviour of mailbox providers and readers, published on the real topic as SES publishes it."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import moto.sns.models as moto_sns

from infra.machine.inbox import AcceptedMail
from infra.machine.ses_events import ses_event
from infra.machine.stack import ACCOUNT_ID, REGION

Reaction = tuple[timedelta, str, Mapping[str, Any]]
"""The delay after the sending, the event (``send``, ``delivery``, ``open`` ...), and details besides the defaults."""
Behaviour = Callable[[AcceptedMail], Iterable[Reaction]]
At = Callable[[datetime, Callable[[], None]], None]


def delivered(mail: AcceptedMail) -> Iterable[Reaction]:
    """SES sends at once and delivers after two seconds; nobody reads the mail."""
    return [(timedelta(0), "send", {}), (timedelta(seconds=2), "delivery", {})]


class SesSimulator:
    """Publishes each mail's events at their times. Without a behaviour it publishes nothing."""

    def __init__(self, topic: str, at: At, behaviour: Behaviour | None = delivered) -> None:
        """``topic`` is an ARN; ``at`` is the machine's timer."""
        self.behaviour = behaviour
        self._at = at
        self._topic = moto_sns.sns_backends[ACCOUNT_ID][REGION].get_topic(topic)

    def react(self, mail: AcceptedMail) -> None:
        """Set a timer for each event of a mail that was just accepted."""
        if self.behaviour is None:
            return
        for delay, event_type, details in self.behaviour(mail):
            self._plan(mail, mail.at + delay, event_type, details)

    def publish(
        self, mail: AcceptedMail, event_type: str, at: datetime, details: Mapping[str, Any] | None = None
    ) -> None:
        """Publish now an event of a mail that happened at ``at``, UTC."""
        self._topic.publish(json.dumps(ses_event(mail, event_type, at, details)))
        self._topic.sent_notifications.clear()

    def _plan(self, mail: AcceptedMail, when: datetime, event_type: str, details: Mapping[str, Any]) -> None:
        self._at(when, lambda: self.publish(mail, event_type, when, details))
