"""Soft bounces of an address: after several without a delivery between, it gets no mail again.

A delivery is recorded here only for an address with soft bounces; earlier ones are read from the runs of the customer
whose mail bounced. A bounce is stored before that, and a delivery is stored on its run before it is recorded here: so
at least one of two reports at the same time sees the other.
"""

from dataclasses import dataclass

from chalicelib.domain.errors import Conflict
from chalicelib.domain.journeys.engagement import ERASED, SOFT_BOUNCES
from chalicelib.domain.messages.attempts import Attempt, Attempts, attempt_of, deliveries
from chalicelib.domain.messages.report import DeliveryReport
from chalicelib.domain.messages.tags import SendTags
from chalicelib.services.ports import BounceStore, RunStore, SuppressionStore

TRIES = 5


@dataclass(frozen=True)
class SoftBounces:
    """Records soft bounces, deliveries to addresses that had some, and suppresses addresses."""

    bounces: BounceStore
    suppressions: SuppressionStore
    runs: RunStore

    def __call__(self, address_hash: str, report: DeliveryReport, tags: SendTags) -> None:
        """Record one report on a mail to a customer; raises ``Conflict`` if others keep changing the address."""
        attempt = attempt_of(report, tags.send_id)
        if attempt is None:
            return
        suppression = self.suppressions.status(address_hash).suppression
        if suppression and suppression.reason == ERASED:
            return
        known = self._with(address_hash, [attempt])
        if attempt.has_bounced:
            known = self._with(address_hash, deliveries(self.runs.beside(tags.customer, tags.run), address_hash))
        self._judge(address_hash, attempt, known)

    def _with(self, address_hash: str, attempts: list[Attempt]) -> Attempts:
        """Store these too; returns what is known then."""
        for _ in range(TRIES):
            before, version = self.bounces.attempts_of(address_hash)
            after = before.plus(attempts)
            if after == before:
                return after
            try:
                self.bounces.put_attempts(address_hash, after, version)
            except Conflict:
                continue
            return after
        raise Conflict("the address keeps changing")

    def _judge(self, address_hash: str, attempt: Attempt, known: Attempts) -> None:
        """Suppress the address, or take that back; again if another report was stored meanwhile."""
        for _ in range(TRIES):
            status = self.suppressions.status(address_hash)
            since = known.unreachable_since(status.lifting.at if status.lifting else None)
            suppression = status.suppression
            if since:
                self.suppressions.suppress_softly(address_hash, since)
            elif suppression and suppression.reason == SOFT_BOUNCES and attempt.sent_at <= suppression.at:
                self.suppressions.withdraw_softly(address_hash)
            latest, _ = self.bounces.attempts_of(address_hash)
            if latest == known:
                return
            known = latest
        raise Conflict("the address keeps changing")
