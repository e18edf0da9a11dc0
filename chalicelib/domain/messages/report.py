"""A delivery report in our own form: what happened to one message, for any channel and provider."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.domain.journeys.outcomes import MAYBE_REPLY, PERMANENT, Kind, Outcome
from chalicelib.domain.messages.tags import SendTags

MACHINE_SPEED = timedelta(seconds=15)
"""A click or open this soon after the send is a scanner's. (Not after the delivery, which may be reported later than
the click: the result must not depend on the order in which reports arrive.)"""

TEMPORARY = "Transient"
"""A temporary bounce without a known cause: of a mail that was delivered, it is an automatic reply (out of office)."""
UNDETERMINED = "Undetermined"
UNCLEAR = frozenset({TEMPORARY, UNDETERMINED})
"""Bounces that say nothing about the mailbox if the mail was delivered."""
OF_THE_MESSAGE = frozenset({"MessageTooLarge", "ContentRejected", "AttachmentRejected"})
"""Temporary bounces because of the message: they say nothing about the mailbox, and another message may arrive."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """An address that must not get mail again, and why: ``bounce`` or ``complaint``."""

    address: str
    reason: str


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """One report. ``kind`` is delivered, opened, clicked, bounced, complained or failed (refused by the provider).

    ``kind`` is None if it only reports that it was sent. ``at`` is when it happened, ``sent_at`` when the message was
    accepted, both aware UTC; ``tags`` is None for a message that was not ours. ``link`` is the clicked link.
    ``recipients``: the addresses that our own message was sent to, whichever mailbox a bounce names (it may have been
    forwarded); of another's message those that bounced or complained. A bounce's ``reason`` is its type.
    """

    kind: Kind | None
    at: datetime
    sent_at: datetime
    tags: SendTags | None
    reason: str | None = None
    link: str | None = None
    recipients: tuple[str, ...] = ()

    @property
    def to_team(self) -> bool:
        """Whether the message was a notice to the shop's team."""
        return self.tags is not None and self.tags.to_team

    @property
    def unreachable(self) -> tuple[Unreachable, ...]:
        """The addresses that get no mail again: those that bounced permanently, and those whose owners complained.

        Not the team's: suppressions are about customers, and do not stop notices.
        """
        if self.to_team or not self.is_final:
            return ()
        reason = "bounce" if self.kind is Kind.BOUNCED else "complaint"
        return tuple(Unreachable(each, reason) for each in self.recipients)

    @property
    def is_final(self) -> bool:
        """Whether the address must get no more mail: a permanent bounce, or a complaint."""
        return self.kind is Kind.COMPLAINED or (self.kind is Kind.BOUNCED and self.reason == PERMANENT)

    @property
    def is_soft_bounce(self) -> bool:
        """Whether the mailbox could not take the message for now, as far as this report alone shows."""
        return self.kind is Kind.BOUNCED and self.reason not in (PERMANENT, *OF_THE_MESSAGE)

    def outcome(self, tags: SendTags) -> Outcome | None:
        """The outcome that the run records, besides that it was sent; None if there is none."""
        if self.kind is None:
            return None
        name, automated = f"{self.kind}#{tags.send_id}", False
        if self.kind in (Kind.OPENED, Kind.CLICKED) and self.at < self.sent_at + MACHINE_SPEED:
            name, automated = f"{name}#machine", True
        if self.kind is Kind.BOUNCED and self.reason == TEMPORARY:
            name = f"{name}{MAYBE_REPLY}"
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
