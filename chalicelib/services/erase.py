"""A customer asked to be forgotten: every item goes, in both tables; keyed hashes stay in the suppression list.

Nothing brings the person back: what is told later is not stored, and what was under way (a stream's record, a page on
the queue) is deleted again by whoever meets it, at the latest by the nightly job. The figures keep what was counted.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.domain.facts.inbound import Name
from chalicelib.domain.figures import counters as tally
from chalicelib.domain.journeys.engagement import Engagement
from chalicelib.domain.journeys.run import Enrollment


class FactStore(Protocol):
    """Where facts, names and coupons are kept."""

    def names_of(self, customer: str) -> list[Name]: ...
    def forget_coupons(self, codes: Iterable[str]) -> None: ...
    def erase(self, customer: str) -> None: ...


class RunStore(Protocol):
    """Where enrollments, standings and suppressions live."""

    def customer(self, customer: str) -> Engagement: ...
    def leaving(self, customer: str) -> list[Enrollment]: ...
    def erased(self, digests: Iterable[str]) -> frozenset[str]: ...
    def forget(self, digests: Iterable[str], at: datetime) -> None: ...
    def erase(self, customer: str, keep: Callable[[str, tally.Counts], None]) -> None: ...


class CounterStore(Protocol):
    """Where counters are kept."""

    def keep(self, item: str, counts: tally.Counts) -> None: ...


@dataclass(frozen=True)
class Erase:
    """Forgets people. ``codes_of``: the coupon codes that a run may have issued."""

    facts: FactStore
    runs: RunStore
    counters: CounterStore
    codes_of: Callable[[Enrollment], Iterable[str]]
    clock: Callable[[], datetime]

    def __call__(self, customer: str) -> None:
        """Forget a customer, and whoever was merged into them; may be repeated, and finishes what a crash left."""
        names = self.facts.names_of(customer)
        digests = {customer, *(digest for _, digest in names)}
        self.runs.forget(sorted(digests - self.runs.erased(digests)), self.clock())
        runs = (*self.runs.customer(customer).enrollments, *self.runs.leaving(customer))
        codes = {code for run in runs for code in self.codes_of(run)}
        self.facts.forget_coupons(codes)  # before the runs, which alone tell of them
        self.runs.erase(customer, self.counters.keep)
        for kind, digest in names:
            if kind == "merged":
                self(digest)
        self.facts.erase(customer)
