"""Stores the facts of an import: one customer's in sequence, different customers' at the same time."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from time import sleep

import app
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.facts.inbound import InboundFact

AT_A_TIME = 8
"""Customers."""
PAUSES = (1, 2, 4, 8, 16, 32)
"""Seconds to wait between tries while DynamoDB throttles."""


def store(facts: Iterable[InboundFact], *, past: bool) -> int:
    """Store facts; returns how many were new. ``past``: they begin no journey."""
    by_person: dict[object, list[InboundFact]] = {}
    for fact in facts:
        by_person.setdefault(fact.person and (fact.person.id or fact.person.email), []).append(fact)
    workers = app.parts.settings.workers
    if workers == 1:
        return sum(_with_retries(each, past) for each in by_person.values())
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return sum(pool.map(lambda each: _with_retries(each, past), by_person.values()))


def _with_retries(facts: list[InboundFact], past: bool) -> int:
    for pause in PAUSES:
        try:
            return int(app.parts.ingest(facts, past=past))
        except Unavailable:
            sleep(pause)
    return int(app.parts.ingest(facts, past=past))
