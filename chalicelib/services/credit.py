"""An order was placed or changed: credit it to the runs that it came after, and keep what was credited right."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.facts.fact import Event, Fact
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.launch import Launch
from chalicelib.domain.facts.order import Cancellation, Order, OrderPlaced, Refund
from chalicelib.domain.journeys.attribution import credits_of
from chalicelib.domain.journeys.corrections import net_value
from chalicelib.domain.journeys.journey import Journey
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.services.ports import CreditStore


@dataclass(frozen=True)
class CreditOrder:
    """Credits orders; doing it again changes nothing."""

    credits: CreditStore
    journeys: Mapping[tuple[str, int], Journey]
    policy: Policy
    clock: Callable[[], datetime]

    def __call__(
        self,
        customer: str,
        fact: Fact,
        news: Iterable[Event],
        facts: Facts,
        runs: Iterable[Enrollment],
        launches: Mapping[str, Launch],
    ) -> None:
        """Store what the order of ``fact`` brings to the customer's ``runs``, and correct what is stored of it.

        Raises ``Conflict`` or ``Unavailable`` if it must be repeated.
        """
        messaged = [run for run in runs if run.first_allowed_at]
        if not messaged or not isinstance(fact, Order | Refund | Cancellation):
            return  # a credit is due to a message, sent or withheld
        order_id = fact.id if isinstance(fact, Order) else fact.order_id
        stored = self.credits.of_order(customer, order_id)
        if order := facts.orders.get(order_id):
            for credit in stored:
                if credit.value != (value := net_value(order)):
                    self.credits.change(customer, credit, replace(credit, value=value))
        known = {credit.enrollment for credit in stored}
        was_attributed = any(credit.is_attributed for credit in stored)
        for event in news:
            if isinstance(event, OrderPlaced):
                args = (self.journeys, messaged, event, facts, self.clock(), self.policy, launches)
                for credit in credits_of(*args, is_attributed=was_attributed):
                    if credit.enrollment not in known:
                        self.credits.put(customer, credit)
