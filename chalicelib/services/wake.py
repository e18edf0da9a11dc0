"""Something happened to a customer: end runs, bring them forward or take them up again, and credit those before it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.errors import Conflict
from chalicelib.domain.facts.answer import Answer
from chalicelib.domain.facts.fact import Event, Fact
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.launch import Launch, LaunchAnnounced
from chalicelib.domain.facts.order import Cancellation, Order, Refund
from chalicelib.domain.journeys.attribution import about, credited
from chalicelib.domain.journeys.corrections import corrected, reopened
from chalicelib.domain.journeys.engagement import Engagement
from chalicelib.domain.journeys.engine import Deliver, Exit, Sleep, advance, rest
from chalicelib.domain.journeys.journey import Journey, Notify, Send
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment, Status
from chalicelib.domain.journeys.situation import Situation
from chalicelib.services.credit import CreditOrder, correct_outcomes
from chalicelib.services.ports import EngagementStore, FactStore, RunStore

TURNS = 5
CONVERTED = str(Kind.CONVERTED)
CORRECTIONS = (Order, Refund, Cancellation, Answer)


@dataclass(frozen=True)
class Wake:
    """Wakes a customer's runs; doing it again changes nothing. Raises ``Conflict`` or ``Unavailable``.

    ``following`` begins the next occasion of a cart whose run ends.
    """

    facts: FactStore
    engagement: EngagementStore
    runs: RunStore
    credit: CreditOrder
    following: Callable[[Enrollment, Facts | None], None]
    journeys: Mapping[tuple[str, int], Journey]
    policy: Policy
    clock: Callable[[], datetime]

    def __call__(self, customer: str, new: Fact, news: list[Event], facts: Facts, engagement: Engagement) -> None:
        """End runs whose exit happened, bring forward runs that are due sooner, credit runs that led to the event.

        An order or an answer may change what was credited, and take back an exit, without any new event.
        """
        if not news and not isinstance(new, CORRECTIONS):
            return
        launches = self.launches(engagement)
        for turn in range(TURNS):
            runs = [run for run in engagement.enrollments if (run.journey, run.journey_version) in self.journeys]
            after = runs
            for event in news:
                after = credited(self.journeys, after, event, facts, self.clock(), self.policy, launches)
            after = [corrected(run, facts) for run in after]
            try:
                for before, run in zip(runs, after, strict=True):
                    self.one(before, run, about(facts, run, launches), new.version_at)
                self.credit(customer, new, news, facts, engagement.enrollments, launches)
                for run in runs:
                    if run.status is Status.SENDING and run.first_allowed_at == run.claimed_at:
                        self.credit.unearned(run)  # whoever sent it may have been refused since it was read
                return
            except Conflict:
                if turn == TURNS - 1:
                    raise
                engagement = self.engagement.of(customer)

    def look_at(self, customer: str, at: datetime, known: Facts | None = None) -> None:
        """End or take up again what the customer's orders, or those of others at the address, end or end no more.

        ``known``: one of those others, who was just read.
        """
        facts = self.facts.of(customer, known)
        engagement = self.engagement.of(facts.customer.key)
        launches = self.launches(engagement)
        for run in engagement.enrollments:
            self.one(run, run, about(facts, run, launches), at)

    def launches(self, engagement: Engagement) -> Mapping[str, Launch]:
        """The launches that the customer's runs are about, by id."""
        ids = {run.subject for run in engagement.enrollments if run.trigger == LaunchAnnounced.__name__}
        return self.facts.launches(sorted(ids)) if ids else {}

    def one(self, before: Enrollment, run: Enrollment, facts: Facts, at: datetime) -> None:
        """Store one run's corrections, and then its new state and credits in one write, or only its credits."""
        correct_outcomes(self.runs, before, facts)
        self._convert_earlier(corrected(before, facts), run)
        woken = self._woken(run, facts, at)
        if woken is not run:
            if woken.status is Status.ENDED:  # first, for a process that dies in between
                self.following(woken, facts)
            self.runs.save(before, woken)
            if woken.status is Status.ENDED:  # and for what was told in between
                self.following(woken, None)
            return
        for name, outcome in run.outcomes.items():
            if name not in before.outcomes:
                self.runs.add_outcome(run.customer, run.id, outcome)

    def _convert_earlier(self, before: Enrollment, run: Enrollment) -> None:
        """Store that an earlier order converted the run than the one that was told first."""
        known, right = before.outcomes.get(CONVERTED), run.outcomes.get(CONVERTED)
        if known and right and known.about != right.about:
            self.runs.change_outcome(run, known, right)

    def _woken(self, run: Enrollment, facts: Facts, at: datetime) -> Enrollment:
        """The run ended, made due sooner, or taken up again; the same run if none of these applies.

        ``at``: the time of the fact. A run that is due already may be in the hands of a dispatcher who read the facts
        before it: with a later due time that one gets a conflict, and looks again.
        """
        journey = self.journeys.get((run.journey, run.journey_version))
        if journey and run.status is Status.ENDED:
            return reopened(journey, Situation(run, facts, self.clock(), self.policy))
        if journey is None or run.status is not Status.WAITING or run.due_at is None or run.step is None:
            return run
        situation = Situation(run, facts, self.clock(), self.policy)
        _, decision = advance(journey, situation)
        is_at_message = isinstance(journey.plan[run.step][0], Send | Notify)
        match decision:
            case Exit():
                return rest(journey, situation)
            case Sleep(until) if until < run.due_at and not is_at_message:
                return rest(journey, situation)
            case Deliver() if not is_at_message and run.due_at > situation.now:
                return replace(run, due_at=situation.now)
            case Deliver() if not is_at_message and run.due_at < at:
                return replace(run, due_at=min(at, situation.now))
            case _:
                return run
