"""A night on stores in memory."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import workflows
from chalicelib.domain.figures import counters as tally
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment, Status
from chalicelib.domain.time import to_text
from chalicelib.services.nightly import Nightly
from tests.builders import START, an_enrollment
from tests.fakes import FakeCommerce, FakeCounters, FakeEngagement, in_memory

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class Night:
    """The stores of a night, and what it finds."""

    facts: FakeCommerce = field(default_factory=FakeCommerce)
    runs: FakeEngagement = field(default_factory=FakeEngagement)
    counters: FakeCounters = field(default_factory=FakeCounters)
    now: datetime = START + DAY
    policy: Policy = field(default_factory=Policy)
    erased: list[str] = field(default_factory=list)

    def __call__(self) -> dict[str, Any]:
        nightly = in_memory(
            Nightly,
            self.facts,
            self.runs,
            counters=self.counters,
            journeys=workflows.versions(),
            policy=self.policy,
            clock=lambda: self.now,
            erase=self.erased.append,
        )
        return nightly()

    def count(self) -> None:
        """The counters as the stream would have brought them."""
        for _, item in self.runs.everything():
            for (period, counter), number in tally.counts_of(item).items():
                place = str(len(self.counters.shards) + 1).zfill(40)
                self.counters.apply(period, f"s{place}", {counter: number}, place, place, to_text(START))


def with_outcomes() -> Enrollment:
    return an_enrollment(status=Status.ENDED, step=None, due_at=None).with_outcome(Outcome("sent#1", Kind.SENT, START))
