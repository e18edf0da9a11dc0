"""Stores what an import read: one customer's facts in sequence, different customers' at the same time."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import sleep
from typing import TypeVar

import app
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.facts.inbound import InboundFact
from chalicelib.sources.history.suppressions import SuppressedAddress

T = TypeVar("T")

AT_A_TIME = 8
"""Customers."""
PAUSES = (1, 2, 4, 8, 16, 32)
"""Seconds to wait between tries while DynamoDB throttles."""


def store(facts: Iterable[InboundFact], *, past: bool) -> int:
    """Store facts; returns how many were new. ``past``: they begin no journey."""
    by_person: dict[object, list[InboundFact]] = {}
    for fact in facts:
        by_person.setdefault(fact.person and (fact.person.id or fact.person.email), []).append(fact)
    return sum(_at_a_time(lambda each: int(app.parts.ingest(each, past=past)), list(by_person.values())))


def suppress(addresses: Sequence[SuppressedAddress]) -> int:
    """Suppress addresses; returns how many are suppressed anew. Without a time, it is unknown when it happened."""
    return sum(_at_a_time(_suppress, addresses))


def _suppress(each: SuppressedAddress) -> bool:
    now = app.parts.now()
    return bool(
        app.parts.suppressions.suppress(
            app.parts.identity.address_hash(each.address),
            each.reason,
            min(each.at or now, now),
            is_dated=each.at is not None,
        )
    )


def _at_a_time(store_one: Callable[[T], int], things: Sequence[T]) -> Iterable[int]:
    """Store each of these things, several at the same time if the functions work so too."""
    if app.parts.settings.workers == 1:
        return [_with_retries(store_one, each) for each in things]
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return list(pool.map(lambda each: _with_retries(store_one, each), things))


def _with_retries(store_one: Callable[[T], int], thing: T) -> int:
    for pause in PAUSES:
        try:
            return store_one(thing)
        except Unavailable:
            sleep(pause)
    return store_one(thing)
