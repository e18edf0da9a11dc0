"""Two customers turned out to be one person: the younger's facts, runs and names move to the older, exactly once.

Each step may be repeated, so the stream's retries complete an interrupted merge. As soon as the merge is recorded, the
older customer's facts include the younger's, so no exit is missed while they move; messages to the older customer wait
until the merge is over, because caps look at the messages to both. The merge waits for messages that are being sent, to
either of them, for their lease at most: after it the sender is dead, and the run moves and is recovered as after a
crash.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.facts import SUBJECTS, Facts
from chalicelib.domain.journeys.credits import Credit
from chalicelib.domain.journeys.journey import Journey
from chalicelib.domain.journeys.merging import apart, enough, outrun, surplus, united
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment, Status
from chalicelib.domain.journeys.settlement import given_up, is_to_customer
from chalicelib.domain.standing.standing import standing_of
from chalicelib.services.credit import correct_credits, correct_outcomes
from chalicelib.services.history import History
from chalicelib.services.metrics import Emit, Metric
from chalicelib.services.ports import (
    CreditStore,
    EngagementStore,
    FactStore,
    MoveStore,
    NameStore,
    RunStore,
    StandingStore,
)

TURNS = 5
STILL_READ = timedelta(days=1)
"""How long a merged customer's facts are still looked for where they were: far longer than any function runs."""


@dataclass(frozen=True)
class Merge:
    """Merges a customer into another one. ``following`` begins the next occasion of a cart whose run has ended."""

    facts: FactStore
    names: NameStore
    moves: MoveStore
    engagement: EngagementStore
    runs: RunStore
    credits: CreditStore
    standings: StandingStore
    history: History
    following: Callable[[Enrollment, Facts | None], None]
    journeys: Mapping[tuple[str, int], Journey]
    policy: Policy
    clock: Callable[[], datetime]
    emit: Emit

    def __call__(self, customer: str) -> None:
        """Move all data of a merged customer; raises ``Conflict`` or ``Unavailable`` if it must be repeated."""
        recorded = self.names.merged(customer)
        if recorded is None:
            return
        into = self.names.last(recorded)
        known = self.engagement.of(customer)
        for run in known.enrollments:
            self._wait_for_send(run)
            self.runs.hand_over(run, into.customer)
        credits = self.credits.of(customer)
        for run in self.runs.leaving(customer):
            self._arrive(run, into.customer, credits)
        self.credits.finish_moves(customer)
        self._begin_next(into.customer)
        older = self.engagement.of(into.customer)
        self.history.unite(into.customer, older.contacts, known.contacts, older.enrollments)
        if known.standing or known.segments:
            nothing = standing_of((), self.policy.thresholds, self.clock())
            self.standings.put(customer, nothing, (), sorted(known.segments))
        copied = self.moves.copy(customer, into)
        self._correct(into.customer)
        if self.names.last(into) != into:
            raise Conflict("a customer who was merged meanwhile")
        for each in {recorded, into}:
            self.moves.leave(customer, each, copied, self.clock() + STILL_READ)

    def _begin_next(self, customer: str) -> None:
        """Begin the next occasions of carts whose runs another one has ended that arrived, once all have arrived."""
        ended = [run for run in self.engagement.of(customer).enrollments if run.status is Status.ENDED and run.end]
        facts = self.facts.of(customer) if ended else None
        for run in ended:
            self.following(run, facts)

    def _correct(self, customer: str) -> None:
        """Make right what an order changed that was told for the older customer before its runs and credits arrived.

        The older customer's own records are handled at the same time: facts that were read before they changed must not
        have the last word, so after each correction all is read again.
        """
        for _ in range(TURNS):
            facts = self.facts.of(customer)
            has_changed = correct_credits(self.credits, customer, self.credits.of(customer), facts)
            for run in self.engagement.of(customer).enrollments:
                has_changed |= correct_outcomes(self.runs, run, facts)
            if not has_changed:
                return
        raise Conflict("facts that keep changing")

    def run(self, run: Enrollment, into: str) -> None:
        """Move one run that began under the old key after its customer was merged."""
        self.runs.hand_over(run, into)
        for leaving in self.runs.leaving(run.customer):  # with what was reported of it meanwhile
            if leaving.id == run.id:
                self.arrive(leaving, into)

    def arrive(self, run: Enrollment, into: str) -> None:
        """Complete the move of a run that was handed over; it may be repeated."""
        self._arrive(run, into, self.credits.of(run.customer))
        self.credits.finish_moves(run.customer)

    def _arrive(self, run: Enrollment, into: str, credits: Iterable[Credit]) -> None:
        arriving = run.moved_to(into)
        arrived = self._united(arriving)
        self._end_surplus(arriving, arrived)
        for credit in credits:
            if credit.enrollment == run.id:
                self.credits.move(run.customer, credit, arrived.customer, arrived.arm)
        self.runs.arrived(run, arrived.customer)

    def _united(self, arriving: Enrollment) -> Enrollment:
        """Store a run that arrives, and unite it with the one that is there already."""
        for turn in range(TURNS):
            if self.runs.create(arriving):
                return arriving
            held = self.runs.get(arriving.customer, arriving.id)
            if held is None:
                into = self.names.merged(arriving.customer)
                if into is None:  # erased meanwhile
                    return arriving
                arriving = arriving.moved_to(into.customer)  # that customer was merged into yet another
                continue
            self._wait_for_send(held)
            one, other = self._settled(held, arriving)
            try:
                if later := apart(one, other):  # first: what is held may be the run of that occasion
                    self.runs.create(later)
                both = united(one, other)
                return held if both == held else self.runs.save(held, both)
            except Conflict:
                if turn == TURNS - 1:
                    raise
        raise Conflict("a run that keeps changing")

    def _wait_for_send(self, run: Enrollment) -> None:
        """Raise ``Unavailable`` if another process may be sending the run's message: its claim must not change."""
        if run.status is Status.SENDING and run.claimed_at and self.clock() < run.claimed_at + self.policy.lease:
            raise Unavailable("a message that is being sent")

    def _settled(self, held: Enrollment, arriving: Enrollment) -> tuple[Enrollment, Enrollment]:
        """Both, the message given up that one of them may have sent though the other one is ahead of it."""
        unsure = outrun(held, arriving)
        if unsure is None:
            return held, arriving
        settled = self._given_up(unsure)
        return (settled, arriving) if unsure is held else (held, settled)

    def _given_up(self, run: Enrollment) -> Enrollment:
        """A claimed run without its claim, its message given up as unknown, unless it is known to be sent."""
        released = replace(run, status=Status.WAITING, claimed_at=None)
        if run.proof:
            return released
        journey = self.journeys[run.journey, run.journey_version]
        self.emit(Metric.UNKNOWN_SENDS, 1)
        return released.with_outcome(given_up(run, self.clock(), to_customer=is_to_customer(journey, run)))

    def _end_surplus(self, arriving: Enrollment, arrived: Enrollment) -> None:
        """Leave the run's cart one open run, or none if the person has had its messages: each may have had one.

        ``arrived`` is the run as it is stored now; it may be the other customer's, of the same occasion.
        """
        if SUBJECTS.get(arrived.trigger) is not Cart:
            return
        runs = self.engagement.of(arrived.customer).enrollments
        stored = next((run for run in runs if run.id == arrived.id), arrived)
        too_much = (*enough(stored, runs), *(run for run in enough(arriving, runs) if run is not arriving))
        ending = {run.id: run for run in (*surplus(runs), *too_much)}
        for run in ending.values():
            self._wait_for_send(run)
            released = self._given_up(run) if run.status is Status.SENDING else run
            self.runs.save(run, released.ended(self.clock(), "merged"))
