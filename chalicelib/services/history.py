"""A customer's contact history: each message is in it before it is sent, whoever handles the customer meanwhile.

The history is stored over the version that was read, so that two who handle one customer at once (after a change of the
lanes, or when a lease has ended) see each other's messages, and a process that dies has forgotten none.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.errors import Conflict
from chalicelib.domain.journeys.contact_history import remembered, trimmed
from chalicelib.domain.journeys.contacts import Contacts
from chalicelib.domain.journeys.journey import Journey
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.services.ports import ContactStore

TURNS = 8


@dataclass(frozen=True)
class History:
    """Stores contact histories."""

    store: ContactStore
    journeys: Mapping[tuple[str, int], Journey]
    policy: Policy
    clock: Callable[[], datetime]

    def add(self, customer: str, known: Contacts, runs: Iterable[Enrollment]) -> Contacts:
        """The stored history with all messages to the customer in these runs. ``known``: what was read of it."""
        several = list(runs)
        for _ in range(TURNS):
            stored, is_stored = self.reserve(customer, known, several)
            if is_stored:
                return stored
            known = stored
        raise Conflict("a contact history that keeps changing")

    def reserve(
        self, customer: str, known: Contacts, runs: Iterable[Enrollment], to: str | None = None
    ) -> tuple[Contacts, bool]:
        """As ``add``, if ``known`` is still the stored history; otherwise what is stored by now, and False.

        ``to``: a hash of the address of what is being sent.
        """
        more = remembered(known, runs, self.journeys, to)
        if more == known:
            return known, True
        kept = trimmed(more, self.journeys, self.policy, self.clock())
        if kept == known:  # what the runs add is too old to matter
            return known, True
        stored = self.store.replace(customer, kept, over=known)
        return (kept, True) if stored is None else (stored, False)

    def take_back(self, customer: str, known: Contacts, run: Enrollment) -> Contacts:
        """The stored history without the message of the claimed ``run``, which was not sent after all."""
        for _ in range(TURNS):
            less = known.without(run.send_id, run.journey, run.occurrence, run.claimed_at)
            if less == known:
                return known
            stored = self.store.replace(customer, less, over=known)
            if stored is None:
                return less
            known = stored
        raise Conflict("a contact history that keeps changing")

    def entered(self, known: Contacts, run: Enrollment) -> Contacts:
        """The history with the message of a claimed run, as it is stored if that has entered it."""
        return remembered(known, [run], self.journeys)

    def of(self, customers: Sequence[str]) -> Contacts:
        """The histories of these customers in one."""
        return self.store.together(customers)

    def unite(self, customer: str, known: Contacts, other: Contacts, runs: Sequence[Enrollment]) -> None:
        """Store the history together with that of another customer who is the same person, and with their ``runs``.

        A run that was claimed while it moved will enter its message under the old customer, if at all.
        """
        for _ in range(TURNS):
            both = remembered(known.united(other), runs, self.journeys)
            if both == known:
                return
            stored = self.store.replace(customer, trimmed(both, self.journeys, self.policy, self.clock()), over=known)
            if stored is None:
                return
            known = stored
        raise Conflict("a contact history that keeps changing")
