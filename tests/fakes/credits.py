"""A store of credits in memory, beside the runs whose totals they change."""

import dataclasses

from chalicelib.domain.errors import Conflict
from chalicelib.domain.journeys.credits import Credit, change_of_total
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.money import Money
from tests.fakes.engagement import FakeEngagement


class FakeCredits:
    """Credits of orders; ``tests/contract`` holds it to what the real one does."""

    def __init__(self, engagement: FakeEngagement) -> None:
        self._engagement = engagement

    def of(self, customer: str) -> list[Credit]:
        return [credit for (whose, _, _), credit in sorted(self._engagement.credits.items()) if whose == customer]

    def of_order(self, customer: str, order: str) -> list[Credit]:
        return [credit for credit in self.of(customer) if credit.order == order]

    def put(self, customer: str, credit: Credit) -> bool:
        key = customer, credit.order, credit.enrollment
        if key in self._engagement.credits or (customer, credit.enrollment) not in self._engagement.enrollments:
            return False
        self._engagement.credits[key] = credit
        self._add(customer, credit, None, credit.ordered)
        return True

    def change(self, customer: str, old: Credit, new: Credit) -> None:
        key = customer, old.order, old.enrollment
        if self._engagement.credits.get(key) not in (old, new):
            raise Conflict(old.order)
        if self._engagement.credits[key] == old:
            self._engagement.credits[key] = new
            self._add(customer, old, old.ordered, new.ordered)

    def take_back(self, customer: str, credit: Credit) -> None:
        if self._engagement.credits.pop((customer, credit.order, credit.enrollment), None):
            self._add(customer, credit, credit.ordered, None)

    def move(self, customer: str, credit: Credit, into: str, arm: Arm) -> None:
        if self._engagement.credits.pop((customer, credit.order, credit.enrollment), None):
            self.put(into, dataclasses.replace(credit, arm=arm))

    def finish_moves(self, customer: str) -> None:
        return

    def _add(self, customer: str, credit: Credit, old: Money | None, new: Money | None) -> None:
        run = self._engagement.enrollments[customer, credit.enrollment]
        totals = dict(run.ordered)
        for currency, amount in change_of_total(old, new).items():
            totals[currency] = totals.get(currency, 0) + amount
        self._engagement.enrollments[customer, credit.enrollment] = dataclasses.replace(run, ordered=totals)
