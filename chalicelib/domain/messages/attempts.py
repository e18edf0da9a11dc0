"""The latest mails to one address and what became of them: whether the address takes mail at all.

The reports may come in any order, late and twice: mails are kept by the time they were sent, what is known about one
only grows, and the result is computed anew each time. So it does not depend on the order.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.domain.journeys.outcomes import Kind, proof_of
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.messages.report import UNCLEAR, DeliveryReport

SOFT_BOUNCES, WITHIN = 3, timedelta(days=30)
"""So many soft bounces within this time, and no delivery between: the address gets no mail again."""
KEPT = 10
"""Mails to an address. (Once it is suppressed it gets none, so that the bounces that led to it stay among these.)"""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A mail that was delivered, or bounced softly, or first one and then the other; ``id`` is the send's.

    ``sent_at`` is aware UTC. ``is_refused``: it bounced for a reason of the mailbox (it is full). ``is_unclear``: it
    bounced for an unknown reason, so that it may be an automatic reply to a mail that was delivered.
    """

    id: str
    sent_at: datetime
    is_delivered: bool = False
    is_refused: bool = False
    is_unclear: bool = False

    @property
    def has_bounced(self) -> bool:
        """Whether the mailbox did not take it. A server may accept a mail and return it later: the bounce counts."""
        return self.is_refused or (self.is_unclear and not self.is_delivered)

    def joined(self, other: "Attempt") -> "Attempt":
        """What two reports on the same mail say together."""
        return Attempt(
            self.id,
            min(self.sent_at, other.sent_at),
            self.is_delivered or other.is_delivered,
            self.is_refused or other.is_refused,
            self.is_unclear or other.is_unclear,
        )


@dataclass(frozen=True, slots=True)
class Attempts:
    """The latest mails to one address, the oldest first: at most ``KEPT``."""

    mails: tuple[Attempt, ...] = ()

    def plus(self, more: Iterable[Attempt]) -> "Attempts":
        """These, and what more is known."""
        known = {each.id: each for each in self.mails}
        for each in more:
            known[each.id] = known[each.id].joined(each) if each.id in known else each
        return Attempts(tuple(sorted(known.values(), key=lambda each: (each.sent_at, each.id))[-KEPT:]))

    def unreachable_since(self, after: datetime | None = None) -> datetime | None:
        """When the mail was sent whose soft bounce was one too many; None if there is none.

        ``after``: mails sent until then do not count (the suppression was lifted).
        """
        bounced: list[datetime] = []
        for each in self.mails:
            if after is not None and each.sent_at <= after:
                continue
            if not each.has_bounced:
                bounced = []
                continue
            bounced = [*bounced, each.sent_at][-SOFT_BOUNCES:]
            if len(bounced) == SOFT_BOUNCES and bounced[-1] - bounced[0] <= WITHIN:
                return each.sent_at
        return None


def mark_of(address_hash: str) -> str:
    """What a delivery says of where it went: a part of the address's hash."""
    return address_hash[:16]


def attempt_of(report: DeliveryReport, send_id: str) -> Attempt | None:
    """What a report says about whether a mailbox takes mail; None for any other report."""
    if report.kind is Kind.DELIVERED:
        return Attempt(send_id, report.sent_at, is_delivered=True)
    if report.is_soft_bounce:
        is_unclear = report.reason in UNCLEAR
        return Attempt(send_id, report.sent_at, is_refused=not is_unclear, is_unclear=is_unclear)
    return None


def deliveries(runs: Iterable[Enrollment], address_hash: str) -> list[Attempt]:
    """The delivered mails of these runs to this address; of one that does not say where it went, it is assumed."""
    found = []
    for run in runs:
        for outcome in run.outcomes.values():
            is_there = outcome.about in (None, mark_of(address_hash))
            if outcome.kind is Kind.DELIVERED and is_there and not outcome.to_team:
                send_id = outcome.id.partition("#")[2]
                sent = proof_of(run.outcomes, send_id) or outcome
                found.append(Attempt(send_id, sent.at, is_delivered=True))
    return found
