"""A delivery report in our own words: what became of one message, whichever channel and provider reports it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.messages.tags import SendTags

MACHINE_SPEED = timedelta(seconds=15)
"""A click or open so soon after the send is a scanner's. (Not after the delivery, which may be reported later than the
click: what counts must not depend on the order in which reports arrive.)"""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """An address that must not be written to again, and why: ``bounce`` or ``complaint``."""

    address: str
    reason: str


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """One report. ``kind`` is delivered, opened, clicked, bounced, complained or failed (refused by the provider).

    ``kind`` None: that it was sent, and nothing more. ``at`` is when it happened, ``sent_at`` when the message was
    accepted, both aware UTC; ``tags`` are None for a message that was not ours. ``link`` is the one that was clicked.
    """

    kind: Kind | None
    at: datetime
    sent_at: datetime
    tags: SendTags | None
    reason: str | None = None
    link: str | None = None
    unreachable: tuple[Unreachable, ...] = ()

    def outcome(self, tags: SendTags) -> Outcome | None:
        """What the run records of it, beside that it was sent; None if nothing."""
        if self.kind is None:
            return None
        name, automated = f"{self.kind}#{tags.send_id}", False
        if self.kind in (Kind.OPENED, Kind.CLICKED) and self.at < self.sent_at + MACHINE_SPEED:
            name, automated = f"{name}#machine", True
        return Outcome(
            name,
            self.kind,
            self.at,
            step=tags.step,
            reason=self.reason,
            about=self.link,
            automated=automated,
            to_team=tags.to_team,
        )
