"""Two customers turned out to be one person: the younger's facts, runs and names move to the older, exactly once.

Each step may be repeated, so the stream's retries complete an interrupted merge. As soon as the merge is recorded, the
older customer's facts include the younger's, so no exit is missed while they move. A run that is being sent moves as it
is; the process that sends it can no longer settle it, and it is recovered as after a crash.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.domain.errors import Conflict
from chalicelib.domain.journeys.contacts import Contacts
from chalicelib.domain.journeys.credits import Credit
from chalicelib.domain.journeys.merging import is_open_about_cart, surplus, united
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.standing.standing import standing_of
from chalicelib.services.history import History
from chalicelib.services.ports import CreditStore, EngagementStore, MoveStore, NameStore, RunStore, StandingStore

TURNS = 5
STILL_READ = timedelta(days=1)
"""How long a merged customer's facts are still looked for where they were: far longer than any function runs."""


@dataclass(frozen=True)
class Merge:
    """Merges a customer into another one."""

    names: NameStore
    moves: MoveStore
    engagement: EngagementStore
    runs: RunStore
    credits: CreditStore
    standings: StandingStore
    history: History
    policy: Policy
    clock: Callable[[], datetime]

    def __call__(self, customer: str) -> None:
        """Move all data of a merged customer; raises ``Conflict`` or ``Unavailable`` if it must be repeated."""
        into = self.names.merged(customer)
        if into is None:
            return
        known = self.engagement.of(customer)
        for run in known.enrollments:
            self.runs.hand_over(run, into.customer)
        credits = self.credits.of(customer)
        for run in self.runs.leaving(customer):
            self._arrive(run, into.customer, credits)
        self.credits.finish_moves(customer)
        if known.contacts != Contacts():
            self.history.unite(into.customer, self.engagement.of(into.customer).contacts, known.contacts)
        if known.standing or known.segments:
            nothing = standing_of((), self.policy.thresholds, self.clock())
            self.standings.put(customer, nothing, (), sorted(known.segments))
        self.moves.leave(customer, into, self.moves.copy(customer, into), self.clock() + STILL_READ)

    def run(self, run: Enrollment, into: str) -> None:
        """Move one run that began under the old key after its customer was merged."""
        self.runs.hand_over(run, into)
        self.arrive(run, into)

    def arrive(self, run: Enrollment, into: str) -> None:
        """Complete the move of a run that was handed over; it may be repeated."""
        self._arrive(run, into, self.credits.of(run.customer))
        self.credits.finish_moves(run.customer)

    def _arrive(self, run: Enrollment, into: str, credits: Iterable[Credit]) -> None:
        arriving = run.moved_to(into)
        for turn in range(TURNS):
            if self.runs.create(arriving):
                break
            held = self.runs.get(into, run.id)
            try:
                if held and (both := united(held, arriving)) != held:
                    self.runs.save(held, both)
                break
            except Conflict:
                if turn == TURNS - 1:
                    raise
        self._end_surplus(arriving)
        for credit in credits:
            if credit.enrollment == run.id:
                self.credits.move(run.customer, credit, into)
        self.runs.arrived(run)

    def _end_surplus(self, arrived: Enrollment) -> None:
        """Leave the run's cart one open run: each of the two customers may have had one."""
        if is_open_about_cart(arrived):
            for run in surplus(self.engagement.of(arrived.customer).enrollments):
                self.runs.save(run, run.ended(self.clock(), "merged"))
