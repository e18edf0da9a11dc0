"""All that is known of one customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.domain.facts.answer import Answer
from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.consent import Consent, Purpose, Unsubscription
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.launch import Launch
from chalicelib.domain.facts.order import Order


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one customer, read together; ``launch`` is the one an enrollment is about, if any."""

    customer: Customer
    carts: Mapping[str, Cart] = field(default_factory=dict)
    orders: Mapping[str, Order] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    unsubscriptions: Mapping[Purpose, Unsubscription] = field(default_factory=dict)
    launch: Launch | None = None

    def consent(self, purpose: Purpose) -> Consent | None:
        """The latest word on ``purpose``: the profile's, or a refusal through a mail if that came later."""
        told = self.customer.consents.get(purpose)
        refusal = self.unsubscriptions.get(purpose)
        if refusal and (told is None or refusal.at >= told.at):
            return Consent(given=False, at=refusal.at, source="unsubscribe")
        return told
