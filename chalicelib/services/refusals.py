"""Refusals of one customer that others make their own, who are written to at the same address."""

from dataclasses import dataclass, replace

from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.fact import Fact
from chalicelib.services.ports import FactStore

MOST_OF_A_STRANGER = 20
"""Who made up more addresses than a person has refuses nothing at the others."""


@dataclass(frozen=True)
class LeaveRefusals:
    """Lets those who are written to at an address that a customer bears refuse what the customer refused there.

    A refusal that is told again changes nothing.
    """

    facts: FactStore

    def __call__(self, customer: str, *, as_stranger: bool = False) -> None:
        """``as_stranger``: only with those to whom the customer may be anybody's invention, and with few of them."""
        facts = self.facts.of(customer)
        bearers = facts.bearers[:MOST_OF_A_STRANGER] if as_stranger else facts.bearers
        for bearer in bearers if facts.customer.key == customer else ():
            theirs = self.facts.of(bearer)
            if as_stranger and customer in theirs.bearers:
                continue
            known = tuple(each for each in theirs.at_address if each.customer.key == customer)
            for purpose in Purpose:
                for refusal in replace(theirs, at_address=known).refused_at_address(purpose):
                    self.facts.put(theirs.customer.key, theirs.unsubscribed(purpose, refusal.at))


def has_refused(new: Customer, old: Fact | None) -> bool:
    """Whether a profile says more refusals than the one before."""
    before = old.consents if isinstance(old, Customer) else {}
    return any(not each.given and before.get(purpose) != each for purpose, each in new.consents.items())
