"""Two customers turned out to be one: the younger's facts, runs and names move to the older, exactly once.

Each step may be repeated, so that the stream's retries finish what a crash left. From the moment the merging was noted
the older customer's facts include the younger's: no exit is overlooked while they move. A run that is being sent moves
as it is; whoever is sending it cannot settle it any more, and it is recovered as after a crash.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.domain.errors import Conflict
from chalicelib.domain.facts.inbound import Known
from chalicelib.domain.journeys.contacts import Contacts
from chalicelib.domain.journeys.engagement import Engagement
from chalicelib.domain.journeys.merging import united
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.standing.standing import Standing, standing_of

TURNS = 5
Stored = tuple[str, str]
"""A stored fact: its place in the customer's partition, and its version."""


class FactStore(Protocol):
    """Where facts and names are kept."""

    def merged(self, customer: str) -> Known | None: ...
    def copy(self, customer: str, into: Known) -> list[Stored]: ...
    def leave(self, customer: str, into: Known, copied: Iterable[Stored]) -> None: ...


class RunStore(Protocol):
    """Where enrollments, standings and contact histories live."""

    def customer(self, customer: str) -> Engagement: ...
    def enrollment(self, customer: str, enrollment_id: str) -> Enrollment | None: ...
    def create(self, enrollment: Enrollment) -> bool: ...
    def save(self, before: Enrollment, after: Enrollment) -> Enrollment: ...
    def put_contacts(self, contacts: Mapping[str, Contacts]) -> None: ...
    def put_standing(self, customer: str, standing: Standing, join: Iterable[str], leave: Iterable[str]) -> None: ...
    def hand_over(self, run: Enrollment, into: str) -> None: ...
    def leaving(self, customer: str) -> list[Enrollment]: ...
    def arrived(self, run: Enrollment) -> None: ...


@dataclass(frozen=True)
class Merge:
    """Moves a customer into the one they turned out to be."""

    facts: FactStore
    runs: RunStore
    policy: Policy
    clock: Callable[[], datetime]

    def __call__(self, customer: str) -> None:
        """Move all there is of a customer who was merged; raises ``Conflict`` or ``Unavailable`` to be done again."""
        into = self.facts.merged(customer)
        if into is None:
            return
        known = self.runs.customer(customer)
        for run in known.enrollments:
            self.runs.hand_over(run, into.customer)
        for run in self.runs.leaving(customer):
            self._arrive(run, into.customer)
        self._contacts(customer, into.customer, known)
        if known.standing or known.segments:
            nothing = standing_of((), self.policy.thresholds, self.clock())
            self.runs.put_standing(customer, nothing, (), sorted(known.segments))
        self.facts.leave(customer, into, self.facts.copy(customer, into))

    def run(self, run: Enrollment, into: str) -> None:
        """Move one run that began under the old key when its customer was merged already."""
        self.runs.hand_over(run, into)
        self._arrive(run, into)

    def _arrive(self, run: Enrollment, into: str) -> None:
        arriving = run.moved_to(into)
        for turn in range(TURNS):
            if self.runs.create(arriving):
                break
            held = self.runs.enrollment(into, run.id)
            try:
                if held and (both := united(held, arriving)) != held:
                    self.runs.save(held, both)
                break
            except Conflict:
                if turn == TURNS - 1:
                    raise
        self.runs.arrived(run)

    def _contacts(self, customer: str, into: str, known: Engagement) -> None:
        held = self.runs.customer(into).contacts
        both = held
        for contact in known.contacts.contacts:
            both = both.with_contact(contact)
        for run in known.contacts.runs:
            both = both.with_run(run)
        if both != held:
            self.runs.put_contacts({into: both})
