"""Runs: none is lost, each ends in recorded outcomes, none stays where nobody looks for it."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import chain

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.domain.journeys.outcomes import Kind, Outcome, counted
from chalicelib.domain.journeys.run import Enrollment, Status
from infra.invariants.seen import Seen, claimed, is_run, named, outcomes_of, run_of

DECISIONS = (Kind.SENT, Kind.WITHHELD, Kind.SUPPRESSED, Kind.ABANDONED)
OVERDUE = timedelta(minutes=10)
MOST_BYTES = 400_000


def none_lost(seen: Seen) -> Iterator[str]:
    """Every run that was begun is stored, under one key of its customer, unless they were erased."""
    stored = {(keys.customer_of(item["pk"]), item["sk"]) for item in seen.engagement if is_run(item)}
    for _, write in seen.done():
        if not (write.sk.startswith(keys.ENROLLMENT) and write.item):
            continue
        person = seen.person(keys.customer_of(write.pk))
        places = [each for each in person if (each, write.sk) in stored]
        if len(places) != 1 and not person & seen.erased:
            yield f"the run {write.sk} is stored {len(places)} times"


def in_the_index(seen: Seen) -> Iterator[str]:
    """A run that has not ended is in the due index, also while it moves to another customer."""
    for item in seen.engagement:
        if item["sk"].startswith(keys.ENROLLMENT) and "state" in item:
            run = items.enrollment_of(item)
            if run.status is not Status.ENDED and not (run.due_at and "lane" in item):
                yield f"{named(run)} is {run.status} and in no index"


def none_forgotten(seen: Seen) -> Iterator[str]:
    """No run is overdue, or due after its end; none is on its way to another customer any more."""
    for item in seen.engagement:
        if "moved_to" in item and "state" in item:
            yield f"the run {item['sk']} is still on its way to another customer"
        if not is_run(item):
            continue
        run = items.enrollment_of(item)
        if run.status is Status.ENDED:
            if run.due_at or run.step:
                yield f"{named(run)} has ended and is due"
        elif run.due_at and run.due_at < seen.now - OVERDUE:
            yield f"{named(run)} is {run.status} and has been due since {run.due_at.isoformat()}"


def each_decided_once(seen: Seen) -> Iterator[str]:
    """One decision on each message, one end of each run; and a mail is recorded as sent by its run.

    Of two who turn out to be one person later, each may have had a decision.
    """
    runs = [items.enrollment_of(item) for item in seen.engagement if is_run(item)]
    for run in runs:
        yield from _decided(seen, run)
    recorded = {name for run in runs for name in run.outcomes}
    for call in seen.sends:
        is_erased = bool(seen.person(call.tags["customer"]) & seen.erased)
        if f"{Kind.SENT}#{call.tags['send_id']}" not in recorded and not is_erased:
            yield f"the mail {run_of(call)}/{call.tags['step']} is not recorded as sent"


def _decided(seen: Seen, run: Enrollment) -> Iterator[str]:
    decisions = [outcome for outcome in counted(run.outcomes) if outcome.kind in DECISIONS]
    for step, number in Counter(outcome.step for outcome in decisions).items():
        if number > 1 and _are_of_one(seen, run, [outcome for outcome in decisions if outcome.step == step]):
            found = [f"{each.kind} {each.reason or ''}".strip() for each in run.outcomes.values() if each.step == step]
            yield f"{named(run)}: {number} decisions on {step}: {', '.join(found)}"
    if run.status is Status.ENDED and not decisions and not {Kind.EXITED, Kind.FAILED} & run.outcomes.keys():
        yield f"{named(run)} has ended without an outcome"


def _are_of_one(seen: Seen, run: Enrollment, decisions: Iterable[Outcome]) -> bool:
    """Whether two of the decisions are about one person, as they were known at the later one."""
    made = sorted(_decided_at(seen, run, outcome) for outcome in decisions)
    return any(
        earlier in seen.person(customer, before=number)
        for place, (number, customer) in enumerate(made)
        for _, earlier in made[:place]
    )


def _decided_at(seen: Seen, run: Enrollment, outcome: Outcome) -> tuple[int, str]:
    """The number of the call that claimed the mail or else stored the decision, and its customer then.

    Who claims a mail and dies before it calls SES may not have read who the customer is: the number is 0.
    """
    send_id = outcome.id.partition("#")[2]
    was_asked = any(call.tags.get("send_id") == send_id for call in seen.journal.calls)
    written = [(call, write) for call, write in seen.done() if write.sk == keys.enrollment(run.id)]
    claims = ((call, write) for call, write in written if (state := claimed(write)) and send_id == state.send_id)
    stored = ((call, write) for call, write in written if outcome.id in outcomes_of(write))
    for call, write in chain(claims, stored):
        return 0 if outcome.kind is Kind.ABANDONED and not was_asked else call.number, keys.customer_of(write.pk)
    return len(seen.journal.calls), run.customer


def bounded(seen: Seen) -> Iterator[str]:
    """No item comes near DynamoDB's 400 KB."""
    for item in (*seen.engagement, *seen.commerce):
        if (size := len(json.dumps(item, default=str))) > MOST_BYTES:
            yield f"the item {item['sk']} has {size} bytes"
