"""Credits: what is credited is what orders bring now, and what is answered is the answer that counts."""

from collections import Counter
from collections.abc import Iterator

from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.order import OrderPlaced
from chalicelib.domain.journeys.attribution import credited, credits_of
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


def nothing_left_to_credit(seen: Seen) -> Iterator[str]:
    """Each run has all that its customer's facts bring, and each order is attributed to one run at most."""
    runs: dict[str, list[Enrollment]] = {}
    credits: dict[str, list[Credit]] = {}
    for customer, item in seen.everything:
        if isinstance(item, Enrollment):
            runs.setdefault(customer, []).append(item)
        elif isinstance(item, Credit):
            credits.setdefault(customer, []).append(item)
    for customer, theirs in runs.items():
        if customer not in seen.erased:
            yield from _missing(seen, seen.parts.facts.of(customer), theirs, credits.get(customer, []))


def _missing(seen: Seen, facts: Facts, runs: list[Enrollment], credits: list[Credit]) -> Iterator[str]:
    journeys, policy = seen.parts.journeys.versions, seen.parts.settings.policy
    launches = seen.parts.facts.launches(sorted({run.subject for run in runs}))
    for event in facts.history(seen.now):
        told_at = event.order.at if isinstance(event, OrderPlaced) else seen.now
        changed = {  # an order is credited by the launch as it was when the order was told
            each.id for each in runs if each.subject in launches and launches[each.subject].at > told_at
        }
        for run, right in zip(runs, credited(journeys, runs, event, facts, seen.now, policy, launches), strict=False):
            if run.id in changed:
                continue
            for name in right.outcomes.keys() - run.outcomes.keys():
                yield f"{named(run)} has no {name}, which {event.key} brings"
        if isinstance(event, OrderPlaced):
            right_ones = credits_of(journeys, runs, event, facts, seen.now, policy, launches, is_attributed=True)
            stored = [credit for credit in credits if credit.order == event.key]
            expected = {each.enrollment for each in right_ones} - changed
            for missing in expected - {each.enrollment for each in stored}:
                yield f"{event.key} is not credited to {missing}"
            if sum(credit.is_attributed for credit in stored) > 1:
                yield f"{event.key} is attributed to several runs"
    for refusal in facts.unsubscriptions.values():
        for run in runs:
            if run.id == refusal.enrollment and "unsubscribed" not in run.outcomes:
                yield f"{named(run)} does not say that its reader unsubscribed"


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
