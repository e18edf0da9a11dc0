"""Refusals at an address outlive the claim of whoever refused there."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from chalicelib.domain.channel import Channel
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.facts.facts import Facts
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
        if not has_refused(gone):
            return
        for theirs in map(self.facts.alone, others):
            address = theirs.customer.address(Channel.EMAIL)
            if address is None or self.address_hash(address) != address_hash:
                continue
            refuse_too(self.facts, theirs, [gone])


def refuse_too(store: FactStore, theirs: Facts, others: Iterable[Facts]) -> None:
    """Let a customer refuse what these others, who bore the address that the customer is written to, refused there."""
    there = replace(theirs, at_address=tuple(others))
    for purpose in Purpose:
        for refusal in there.refused_at_address(purpose):
            store.put(theirs.customer.key, theirs.unsubscribed(purpose, refusal.at))


def has_refused(facts: Facts) -> bool:
    """Whether a customer refuses anything now."""
    return any(True for purpose in Purpose for _ in facts.refusals(purpose))
