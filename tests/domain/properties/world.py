"""A small interpreter that plays dispatch's part with the domain's own functions, on one customer's journeys."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import cycle

from hypothesis import strategies as st

from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.facts.order import OrderPlaced
from chalicelib.domain.journeys.contacts import Contact, Contacts, FirstMessage
from chalicelib.domain.journeys.eligibility import Allowed, judge
from chalicelib.domain.journeys.engine import Deliver, advance, enroll, rest
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.journey import Journey, Notify, Send, days, hours
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment, Status
from chalicelib.domain.journeys.settlement import (
    claimed,
    judged,
    parked,
    recovered,
    refused,
    revived,
    sent,
    sent_outcome,
)
from chalicelib.domain.journeys.situation import Situation
from tests.builders import START, an_order
from tests.domain.properties.histories import History, histories
from tests.domain.properties.journeys import journeys

MOST_WAKE_UPS = 1000

delays = st.lists(
    st.sampled_from([timedelta(0), timedelta(0), timedelta(seconds=37), hours(3), days(2), days(40)]),
    min_size=1,
    max_size=8,
)
FATES = ["sent", "sent", "refused", "throttled", "lost", "lost_but_told", "never"]
fates = st.lists(st.sampled_from(FATES), max_size=8)
faults = st.lists(st.sampled_from([0, 0, 1, 5]), max_size=4).map(
    lambda numbers: [turn < number for number in numbers for turn in range(number + 1)]
)
"""At which wake-ups a run cannot be handled: now and then once, now and then until it has failed."""


@dataclass(frozen=True)
class Attempt:
    """A message that was handed to the mail service; ``accepted`` tells what it made of it."""

    run: str
    step: str
    send_id: str
    at: datetime
    purpose: Purpose
    is_notice: bool
    accepted: bool


@dataclass
class World:
    """One customer's runs, played by the domain's functions until all have ended.

    ``faults``: which wake-ups find a run that cannot be handled, and ``blind``: how many of those that find it sending;
    ``retries``: how many times the team has a failed run tried again, two days after all was over.
    """

    journeys: tuple[Journey, ...]
    history: History
    delays: list[timedelta]
    fates: list[str]
    policy: Policy = Policy()  # noqa: RUF009 - frozen itself
    arm: Arm | None = None
    faults: list[bool] = field(default_factory=list)
    blind: int = 0
    retries: int = 0
    now: datetime = START
    contacts: Contacts = Contacts()  # noqa: RUF009 - frozen itself
    runs: dict[str, Enrollment] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    reached: set[tuple[str, str]] = field(default_factory=set)
    wake_ups: int = 0

    def play(self) -> "World":
        """Begin every journey and wake its run whenever it is due, or later, until nothing is."""
        for journey in self.journeys:
            event = OrderPlaced("order-1", START, an_order())
            run = enroll(journey, event, "ann", self.history.at(START), START, self.policy)
            assert run is not None
            self._keep(replace(run, arm=self.arm or run.arm))
        late = cycle(self.delays)
        while dues := [run.due_at for run in self.runs.values() if run.due_at is not None] or self._retried():
            self.wake_ups += 1
            assert self.wake_ups < MOST_WAKE_UPS, "it does not end"
            self.now = max(min(dues), self.now) + next(late)
            for journey in sorted(self.journeys, key=lambda each: -each.priority):
                run = self.runs[journey.key]
                if run.due_at is not None and run.due_at <= self.now:
                    self._wake(journey, run)
        return self

    def accepted(self, run: str | None = None, *, notices: bool = False) -> list[Attempt]:
        """The messages that really went to the customer (of one run), in order."""
        wanted = [each for each in self.attempts if each.accepted and (notices or not each.is_notice)]
        return [each for each in wanted if run in (None, each.run)]

    def _retried(self) -> list[datetime]:
        """The team has the first failed run tried again: when that is due."""
        failed = [run for run in self.runs.values() if Kind.FAILED in run.outcomes]
        if not failed or not self.retries:
            return []
        self.retries -= 1
        self._keep(revived(failed[0], self.now + days(2)))
        return [self.now + days(2)]

    def _wake(self, journey: Journey, run: Enrollment) -> None:
        if self._is_unreadable(run):
            self._keep(parked(run, self.now, self.policy, "unreadable_facts"))
            return
        situation = Situation(run, self.history.at(self.now), self.now, self.policy, self.contacts)
        if run.status is Status.SENDING:
            self._keep(recovered(journey, situation))
            return
        ahead, decision = advance(journey, situation)
        if not isinstance(decision, Deliver):
            self._keep(rest(journey, situation))
            return
        here = replace(situation, enrollment=ahead)
        if isinstance(decision.message, Send):
            self.reached.add((journey.key, decision.message.name))
            verdict = judge(journey, decision.message, here)
            if not isinstance(verdict, Allowed):
                self._keep(judged(journey, here, verdict))
                return
        self._send(journey, here, is_notice=isinstance(decision.message, Notify))

    def _is_unreadable(self, run: Enrollment) -> bool:
        if run.status is Status.SENDING:
            self.blind -= 1
            return self.blind >= 0
        return bool(self.faults) and self.faults.pop(0)

    def _send(self, journey: Journey, here: Situation, is_notice: bool) -> None:
        fate = self.fates.pop(0) if self.fates else "sent"
        claim = claimed(here.enrollment, self.now, self.policy.lease, to_customer=not is_notice)
        claim = self._keep(claim, is_notice)
        accepted = fate in ("sent", "lost", "lost_but_told")
        self.attempts.append(
            Attempt(journey.key, claim.step or "", claim.send_id, self.now, journey.purpose, is_notice, accepted)
        )
        match fate:
            case "sent":
                self._keep(sent(journey, replace(here, enrollment=claim)), is_notice)
            case "refused" | "throttled":
                self._forget(claim)
                self._keep(refused(claim, self.now, self.policy, fate, for_now=fate == "throttled"))
            case "lost_but_told":
                self._keep(claim.with_outcome(sent_outcome(claim.send_id, claim.step, self.now)), is_notice)
            case _:
                pass  # nobody knows; the lease brings it back

    def _keep(self, run: Enrollment, is_notice: bool = False) -> Enrollment:
        assert (run.due_at is None) == (run.status is Status.ENDED) == (run.step is None)
        kept = replace(run, version=run.version + 1)
        self.runs[run.journey] = kept
        purpose = next(journey.purpose for journey in self.journeys if journey.key == run.journey)
        if run.status is Status.SENDING and not is_notice:
            self.contacts = self.contacts.with_contact(Contact(run.send_id, self.now, purpose))
        if run.first_allowed_at:
            self.contacts = self.contacts.with_run(FirstMessage(run.journey, run.occurrence, run.first_allowed_at))
        return kept

    def _forget(self, run: Enrollment) -> None:
        kept = tuple(contact for contact in self.contacts.contacts if contact.send_id != run.send_id)
        self.contacts = replace(self.contacts, contacts=kept)


several = st.tuples(journeys(key="one"), journeys(key="two"))
worlds = st.builds(
    World,
    several,
    histories,
    delays,
    fates,
    faults=faults,
    blind=st.sampled_from([0, 2, 5, 10]),
    retries=st.integers(0, 3),
)
single = st.tuples(journeys())
