"""Credits: what is credited is what orders bring now, and what is answered is the answer that counts."""

from collections import Counter
from collections.abc import Iterator

from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.journeys.corrections import corrected, net_value
from chalicelib.domain.journeys.credits import Credit
from chalicelib.domain.journeys.run import Enrollment
from infra.invariants.seen import Seen, named


def worth_what_orders_bring(seen: Seen) -> Iterator[str]:
    """Every credit is of an order of its customer, with the order's value; so is every other outcome of a run."""
    known: dict[str, Facts] = {}
    for customer, item in seen.everything:
        if isinstance(item, Credit | Enrollment):
            facts = known.setdefault(customer, seen.parts.facts.of(customer))
            yield from _wrong_credit(item, facts) if isinstance(item, Credit) else _wrong_outcomes(item, facts)


def totals_of_credits(seen: Seen) -> Iterator[str]:
    """What was ordered in a run is the sum of its credits, and each credit is beside its run."""
    sums: dict[tuple[str, str], Counter[str]] = {}
    runs: dict[tuple[str, str], Enrollment] = {}
    for customer, item in seen.everything:
        if isinstance(item, Credit):
            total = sums.setdefault((customer, item.enrollment), Counter())
            total[item.value.currency] += item.value.amount if item.is_ordered else 0
        elif isinstance(item, Enrollment):
            runs[customer, item.id] = item
    for key in sums.keys() - runs.keys():
        yield f"credits of {key[1]} are not beside their run"
    for key, run in runs.items():
        if +Counter(run.ordered) != +sums.get(key, Counter()):
            yield f"the total of {named(run)} is {dict(run.ordered)}, and its credits are {dict(sums.get(key, {}))}"


def _wrong_credit(credit: Credit, facts: Facts) -> Iterator[str]:
    order = facts.orders.get(credit.order)
    if order is None:
        yield f"{credit.order} is credited to {credit.enrollment}, and is not this customer's"
    elif credit.value != net_value(order):
        yield f"{credit.order} is credited with {credit.value}, and brings {net_value(order)}"


def _wrong_outcomes(run: Enrollment, facts: Facts) -> Iterator[str]:
    right = corrected(run, facts)
    for name, outcome in run.outcomes.items():
        if right.outcomes.get(name) != outcome:
            yield f"{name} of {named(run)} is {outcome}, and should be {right.outcomes.get(name)}"
