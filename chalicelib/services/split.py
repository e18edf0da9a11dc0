"""Split a customer who turns out to be two people, whom a name had joined: a mailbox that was handed on, a mistake.

Who told a fact decides whose it is. What may concern both does: what was refused before the split is refused by both,
and the messages that went to the one customer count for the caps of each. Nothing is sent again for what was sent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from chalicelib.domain.errors import Conflict, NotOne
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.facts.fact import FAST_CLOCK
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.inbound import EMAIL_NAME, ID_NAME, Name
from chalicelib.domain.facts.splitting import Division, Parted
from chalicelib.services.history import History
from chalicelib.services.ports import EngagementStore, FactStore, NameStore, SplitStore

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
                self.splits.move(division, partial(self._refuse_for_both, division))
            except Conflict:
                if turn == TURNS - 1:
                    raise
            else:
                if turn:
                    return

    def _refuse_for_both(self, division: Division, facts: Facts) -> None:
        """What the customer refused, in the profile or through a mail, is refused by both, also if one agreed since.

        What the customer who remains refuses after the split is theirs alone.
        """
        for purpose in Purpose:
            consent, refusal = facts.customer.consents.get(purpose), facts.unsubscriptions.get(purpose)
            refusals = [replace(refusal, enrollment=None, step=None)] if refusal else []
            if consent and not consent.given:
                refusals.append(facts.unsubscribed(purpose, consent.at))
                self.facts.put(division.customer, refusals[-1])
            for each in refusals:
                if each.at <= division.at + FAST_CLOCK:
                    self.facts.put(division.other, each)

    def _planned(self, names: Sequence[Name]) -> Division:
        led = self.names.known(names)
        customers = {self.names.last(known).customer for known in led.values()}
        if len(led) < len(set(names)) or len(customers) != 1:
            raise NotOne("these are not names of one customer")
        (customer,) = customers
        if self.facts.of(customer).customer.erased:
            raise NotOne("the customer asked to be erased")
        own = {name for name in self.names.names_of(customer) if name[0] in (ID_NAME, EMAIL_NAME)}
        left = {name for name, known in self.names.known(own - set(names)).items() if known.customer == customer}
        if not left:
            raise NotOne("these are all names of the customer: nobody would be left")
        return Division(customer, self.new_key(), self.clock(), tuple(sorted(set(names))))

    def _begun(self, names: Sequence[Name]) -> Division | None:
        """The split of the customer that was interrupted, which has to be completed first, or one by the same names."""
        customers = {self.names.last(known).customer for known in self.names.known(names).values()}
        for customer in sorted(customers):
            for division, is_open in self.splits.divisions(customer):
                if set(names) == set(division.names):
                    return division
                if is_open:
                    raise NotOne("a split of this customer by other names was interrupted: repeat that one first")
        return None
