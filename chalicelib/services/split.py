"""Split a customer who turns out to be two people, whom a name had joined: a mailbox that was handed on, a mistake.

Who told a fact decides whose it is. What may concern both does: what was refused before the split is refused by both,
and the messages that went to the one customer count for the caps of each. Nothing is sent again for what was sent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.errors import Conflict, NotOne
from chalicelib.domain.facts.consent import Purpose, Unsubscription
from chalicelib.domain.facts.inbound import EMAIL_NAME, Known, Name
from chalicelib.domain.facts.splitting import Division, Parted
from chalicelib.services.history import History
from chalicelib.services.ports import EngagementStore, FactStore, NameStore, SplitStore

ID_NAME = "id"
TURNS = 5


@dataclass(frozen=True)
class Split:
    """Splits customers. ``new_key`` makes the key of a new customer."""

    facts: FactStore
    names: NameStore
    engagement: EngagementStore
    splits: SplitStore
    history: History
    new_key: Callable[[], str]
    clock: Callable[[], datetime]

    def parted(self, names: Sequence[Name]) -> Parted:
        """What would move with these names. Raises ``NotOne`` if they are not some, but not all, of one customer's."""
        division = self._begun(names) or self._planned(names)
        return self.splits.parted(division.customer, division.names)

    def __call__(self, names: Sequence[Name]) -> Division:
        """Split off a customer with these names; it may be repeated, and completes an interrupted split.

        Raises ``NotOne``, or ``Unavailable`` while the customer is being merged.
        """
        division = self._begun(names) or self._planned(names)
        self.splits.begin(division)
        self.splits.take_names(division)
        known = self.engagement.of(division.customer)
        self.history.unite(
            division.other, self.engagement.of(division.other).contacts, known.contacts, known.enrollments
        )
        self._refuse_for_both(division)
        self.splits.share(division)
        self._move(division)
        for each in (division.customer, division.other):
            self.splits.claim(each)
        self.splits.finish(division)
        return division

    def _move(self, division: Division) -> None:
        """Move what was told by the names, and what was being stored by somebody who had looked them up before."""
        for turn in range(TURNS):
            try:
                self.splits.move(division)
            except Conflict:
                if turn == TURNS - 1:
                    raise
            else:
                if turn:
                    return

    def _refuse_for_both(self, division: Division) -> None:
        facts = self.facts.of(division.customer)
        for purpose in Purpose:
            refusal = facts.consent(purpose)
            if refusal and not refusal.given:
                for each in (division.customer, division.other):
                    self.facts.put(each, Unsubscription(purpose, refusal.at, claimed=refusal.claimed))

    def _planned(self, names: Sequence[Name]) -> Division:
        led = self.names.known(names)
        customers = {self.names.last(known).customer for known in led.values()}
        if len(led) < len(set(names)) or len(customers) != 1:
            raise NotOne("these are not names of one customer")
        (customer,) = customers
        own = {name for name in self.names.names_of(customer) if name[0] in (ID_NAME, EMAIL_NAME)}
        left = {name for name, known in self.names.known(own - set(names)).items() if known.customer == customer}
        if not left:
            raise NotOne("these are all names of the customer: nobody would be left")
        return Division(customer, self.new_key(), self.clock(), tuple(sorted(set(names))))

    def _begun(self, names: Sequence[Name]) -> Division | None:
        """The split of the customer that was interrupted, which has to be completed first."""
        for known in self.names.known(names).values():
            if division := self.splits.begun(self.names.last(Known(*known)).customer):
                if not set(names) <= set(division.names):
                    raise NotOne("a split of this customer by other names was interrupted: repeat that one first")
                return division
        return None
