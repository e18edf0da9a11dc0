"""A customer asked to be erased: delete every item in both tables; keyed hashes stay in the suppression list.

Nothing brings the person back: facts that arrive later are not stored. If something in progress at the time (a stream
record, a batch on the queue) stores data again, its function deletes it, or the nightly job at the latest. The figures
keep what was counted.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.facts.inbound import BEARER_NAME, EMAIL_NAME, ID_NAME, MERGED_NAME, Known
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.time import NEVER
from chalicelib.services.ports import (
    BounceStore,
    CommerceStore,
    CounterStore,
    CouponStore,
    EngagementStore,
    FactStore,
    NameStore,
    RunStore,
    SuppressionStore,
)
from chalicelib.services.refusals import has_refused, refuse_too

MOST_BEARERS = 200
"""Others at addresses of an erased person who take over what they refused: a person has few addresses."""


@dataclass(frozen=True)
class Erase:
    """Erases people. ``codes_of``: the coupon codes that a run may have issued."""

    facts: FactStore
    names: NameStore
    coupons: CouponStore
    commerce: CommerceStore
    engagement: EngagementStore
    runs: RunStore
    suppressions: SuppressionStore
    bounces: BounceStore
    counters: CounterStore
    codes_of: Callable[[Enrollment], Iterable[str]]
    clock: Callable[[], datetime]

    def __call__(self, customer: str) -> None:
        """Erase a customer and everyone merged into them; it may be repeated, and completes an interrupted erasure.

        What they refused is kept for others who are written to at the same address.
        """
        self._leave_refusals(customer)
        names = self.names.names_of(customer)
        digests = {customer, *(digest for kind, digest in names if kind != BEARER_NAME)}  # a claim is nobody's address
        digests -= self._of_others(customer, digests)
        self.suppressions.forget(sorted(digests - self.suppressions.erased(digests)), self.clock())
        self.bounces.forget_attempts(sorted(digests))  # also the nightly job's, which knows the hashes alone
        runs = (*self.engagement.of(customer).enrollments, *self.runs.leaving(customer))
        codes = {code for run in runs for code in self.codes_of(run)}
        self.coupons.forget(codes)  # before the runs, from which the codes are derived
        self.engagement.erase(customer, self.counters.keep)
        for kind, digest in names:
            if kind == MERGED_NAME:
                self(digest)
        self.commerce.erase(customer)

    def _of_others(self, customer: str, digests: Iterable[str]) -> frozenset[str]:
        """Those of the hashes that are a name of somebody else by now, such as who was split off from this customer."""
        names = [(kind, digest) for digest in digests for kind in (ID_NAME, EMAIL_NAME)]
        led = {name: known for name, known in self.names.known(names).items() if known.customer != customer}
        own = self.names.last(Known(customer, NEVER)).customer if led else customer
        return frozenset(name[1] for name, known in led.items() if self.names.last(known).customer != own)

    def _leave_refusals(self, customer: str) -> None:
        """Let those who are written to at an address that the customer bore refuse what the customer refused there."""
        facts = self.facts.of(customer)
        for bearer in facts.bearers[:MOST_BEARERS] if has_refused(facts) and facts.customer.key == customer else ():
            theirs = self.facts.of(bearer)
            refuse_too(self.facts, theirs, (each for each in theirs.at_address if each.customer.key == customer))
