"""Refusals at an address outlive the claim of whoever refused there."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from chalicelib.domain.channel import Channel
from chalicelib.domain.facts.consent import Purpose
from chalicelib.services.ports import FactStore


@dataclass(frozen=True)
class PassOnRefusals:
    """Lets others at an address refuse what a customer refused whose claim to it counts no more."""

    facts: FactStore
    address_hash: Callable[[str], str]

    def __call__(self, address_hash: str, customer: str, others: Iterable[str]) -> None:
        """``others``: who bears the address; those who are written to there take the refusals over.

        It is two queries for a customer who refused nothing, and two more for each of the others if they did.
        """
        gone = self.facts.alone(customer)
        if not any(True for purpose in Purpose for _ in gone.refusals(purpose)):
            return
        for theirs in map(self.facts.alone, others):
            address = theirs.customer.address(Channel.EMAIL)
            if address is None or self.address_hash(address) != address_hash:
                continue
            for purpose in Purpose:
                for refusal in replace(theirs, at_address=(gone,)).refused_at_address(purpose):
                    self.facts.put(theirs.customer.key, theirs.unsubscribed(purpose, refusal.at))
