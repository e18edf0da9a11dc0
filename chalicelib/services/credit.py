"""An order was placed or changed: credit it to the runs that it came after, and keep what was credited right."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.facts.fact import Event, Fact
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.launch import Launch
from chalicelib.domain.facts.order import Cancellation, Order, OrderPlaced, Refund
from chalicelib.domain.journeys.attribution import credits_of
from chalicelib.domain.journeys.corrections import corrected, net_value
from chalicelib.domain.journeys.credits import Credit
from chalicelib.domain.journeys.journey import Journey
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.services.ports import CreditStore, RunStore


@dataclass(frozen=True)
class CreditOrder:
    """Credits orders; doing it again changes nothing. Raises ``Conflict`` or ``Unavailable`` if it must be repeated."""

    credits: CreditStore
    runs: RunStore
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
        """Correct what is stored of the order of ``fact``, and store what it brings to the customer's ``runs``."""
        runs = list(runs)
        if not runs or not isinstance(fact, Order | Refund | Cancellation):
            return
        order = fact.id if isinstance(fact, Order) else fact.order_id
        # those of customers who are being merged first: from there they move here
        arriving = [credit for each in facts.merging for credit in self.credits.of_order(each, order)]
        stored = self.credits.of_order(customer, order)
        correct_credits(self.credits, customer, stored, facts)
        known = {credit.enrollment for credit in stored}
        was_attributed = any(credit.is_attributed for credit in [*arriving, *stored])
        for event in news:
            if isinstance(event, OrderPlaced):
                args = (self.journeys, runs, event, facts, self.clock(), self.policy, launches)
                for credit in credits_of(*args, is_attributed=was_attributed):
                    if credit.enrollment not in known:
                        self.credits.put(customer, credit)

    def unearned(self, run: Enrollment) -> None:
        """Take back what was credited to a run while its first message was being sent, which was refused."""
        stored = self.runs.get(run.customer, run.id)
        if stored is None or stored.first_allowed_at is not None:
            return
        if any(stored.ordered.values()):
            for credit in self.credits.of(run.customer):
                if credit.enrollment == run.id:
                    self.credits.take_back(run.customer, credit)
        for outcome in stored.outcomes.values():
            if outcome.kind is Kind.CONVERTED:
                self.runs.change_outcome(stored, outcome, None)

    def take_back(self, customer: str, order: Order, facts: Facts, runs: Iterable[Enrollment]) -> None:
        """The order turned out to be another customer's: it brought nothing here."""
        correct_credits(self.credits, customer, self.credits.of_order(customer, order.id), facts)
        for run in runs:
            correct_outcomes(self.runs, run, facts)


def correct_credits(store: CreditStore, customer: str, credits: Iterable[Credit], facts: Facts) -> bool:
    """Make credits worth what their orders bring by now; returns whether one had to be changed.

    One whose order is not this customer's any more is taken back.
    """
    has_changed = False
    for credit in credits:
        order = facts.orders.get(credit.order)
        if order is None:
            store.take_back(customer, credit)
        elif credit.value != (value := net_value(order)):
            store.change(customer, credit, replace(credit, value=value))
        else:
            continue
        has_changed = True
    return has_changed


def correct_outcomes(store: RunStore, run: Enrollment, facts: Facts) -> bool:
    """Make a run's stored outcomes say what orders bring, and answers are, by now; returns whether one was changed."""
    right = corrected(run, facts)
    wrong = [outcome for name, outcome in run.outcomes.items() if right.outcomes.get(name) != outcome]
    for outcome in wrong:
        store.change_outcome(run, outcome, right.outcomes.get(outcome.id))
    return bool(wrong)
