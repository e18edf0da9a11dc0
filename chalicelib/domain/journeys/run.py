"""One customer's run of a journey: its state, as ``engine`` and ``settlement`` change it.

    waiting ──claim──► sending ──settle──► waiting ... ──► ended
       ▲                  │ refused: nothing was sent
       └──────────────────┘

An enrollment has a ``due_at`` only while it is waiting or sending; while sending, it is the end of the lease.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.outcomes import Kind, Outcome, proof_of
from chalicelib.domain.time import to_text

CHANGED_HANDS = "changed_hands"
"""The reason of the exit of a run whose cart or order became another customer's."""
MARK = 16
"""So many digits of another customer's key stand in an outcome: they tell one bearer of an address from the others."""


class Status(StrEnum):
    """The state of an enrollment."""

    WAITING = "waiting"
    SENDING = "sending"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class End:
    """When the occasion of a run about a cart ended, by its own time, and the cart's content then, if it is known."""

    at: datetime
    content: str | None


@dataclass(frozen=True, slots=True)
class Enrollment:
    """One customer's run of a journey.

    ``occurrence`` distinguishes runs (the cart's id, or ``once``); ``again``: it is a later occasion of the same cart,
    and ``occurrence`` has its time too; ``since`` is when the time before it ended (events with a key count from then),
    ``end`` how the occasion of a cart ended (``occasions``); ``subject`` is the key of the event that began it
    and ``entered_at`` that event's own time; ``step`` is the step to run next, ``ran_at`` when the previous one ran;
    ``message_at`` is the time of the last message, ``first_allowed_at`` that of the first one (sent or withheld: the
    goal is measured from here); ``claimed_at`` is when sending began, kept by a run that failed while it was unknown
    whether it was sent; ``attempts`` counts its failures, ``throttled`` the temporary refusals of the mail service,
    ``tries`` the repeated sends of one step; ``version`` is the optimistic lock; ``known_as`` is the customer's key
    before a merge: sends keep their ids; ``zone``: the shop's, in whose days its outcomes are counted (None is UTC);
    ``ordered``, the total by currency in minor units of what its credits say was ordered, changes with them
    (``credits``) and with nothing else.
    """

    customer: str
    journey: str
    journey_version: int
    occurrence: str
    subject: str
    trigger: str
    entered_at: datetime
    ran_at: datetime
    step: str | None = None
    status: Status = Status.WAITING
    due_at: datetime | None = None
    arm: Arm = Arm.TREATED
    variants: Mapping[str, str] = field(default_factory=dict)
    message_at: datetime | None = None
    first_allowed_at: datetime | None = None
    deferred_since: datetime | None = None
    claimed_at: datetime | None = None
    attempts: int = 0
    throttled: int = 0
    tries: int = 0
    version: int = 0
    known_as: str | None = None
    again: bool = False
    since: datetime | None = None
    end: End | None = None
    zone: str | None = None
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    ordered: Mapping[str, int] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The run's id, unique for the customer: the journey and a digest of the occurrence.

        The ids of a cart's runs begin alike, and sort by their times.
        """
        if not self.again:
            return enrollment_id(self.journey, self.occurrence)
        time = "".join(filter(str.isalnum, to_text(self.entered_at)))
        return f"{enrollment_id(self.journey, self.subject)}-{time}"

    @property
    def origin(self) -> str:
        """The customer for whom it began, before any merge."""
        return self.known_as or self.customer

    @property
    def send_id(self) -> str:
        """The id of one send attempt of the current step; it is in the claim, the mail's tag and the outcomes."""
        parts = (self.origin, self.journey, self.journey_version, self.occurrence, self.step, self.tries)
        return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:32]

    @property
    def proof(self) -> Outcome | None:
        """The outcome that the current step's message was sent, if it is known."""
        return proof_of(self.outcomes, self.send_id)

    def with_outcome(self, outcome: Outcome) -> Enrollment:
        """This enrollment with one more outcome; an existing one does not change."""
        if outcome.id in self.outcomes:
            return self
        return replace(self, outcomes={**self.outcomes, outcome.id: outcome})

    def moved_to(self, customer: str) -> Enrollment:
        """This enrollment for the customer into whom its own was merged; its credits follow one by one."""
        return replace(self, customer=customer, known_as=self.origin, ordered={})

    def decided(self, kind: Kind, at: datetime, reason: str | None = None) -> Enrollment:
        """This enrollment with the outcome of a decision about the current step."""
        name = f"{kind}#{self.step}#{self.version}"
        return self.with_outcome(Outcome(name, kind, at, step=self.step, reason=reason))

    def ended(
        self,
        now: datetime,
        reason: str,
        kind: Kind = Kind.EXITED,
        about: str | None = None,
        whose: str | None = None,
    ) -> Enrollment:
        """This enrollment, ended; ``about`` names what ended it, and ``whose`` that is, if another customer's."""
        ending = Outcome(str(kind), kind, now, step=self.step, reason=reason, about=about, whose=whose)
        done = self.with_outcome(ending)
        return replace(done, status=Status.ENDED, step=None, due_at=None, claimed_at=None)

    def moved(self, step: str | None, now: datetime) -> Enrollment:
        """This enrollment before the next step, after the current step ran at ``now``."""
        fresh = replace(self, claimed_at=None, deferred_since=None, attempts=0, throttled=0, tries=0)
        return replace(fresh, status=Status.WAITING, step=step, ran_at=now)


def occurrence_at(subject: str, at: datetime) -> str:
    """The occurrence of a later occasion of a cart."""
    return f"{subject}@{to_text(at)}"


def enrollment_id(journey: str, occurrence: str) -> str:
    """``journey#digest``: safe in a key and in a mail's tag, whatever the shop's ids contain."""
    return f"{journey}#{hashlib.sha256(occurrence.encode()).hexdigest()[:16]}"
