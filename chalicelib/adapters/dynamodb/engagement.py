"""The ``engagement`` table across its topics: one customer's whole partition, or every item."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.credits import IS_SAME
from chalicelib.adapters.dynamodb.items import MOVED
from chalicelib.adapters.dynamodb.suppressions import suppression_of
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.errors import Conflict
from chalicelib.domain.figures import counters
from chalicelib.domain.journeys.contacts import Contacts
from chalicelib.domain.journeys.credits import Credit
from chalicelib.domain.journeys.engagement import Engagement, Suppression
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.standing.standing import Standing

COUNTED = (keys.ENROLLMENT, keys.CREDIT, keys.STANDING)
"""The beginnings of the sort keys of what is counted."""


class EngagementStore:
    """Engagement in DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of(self, customer: str) -> Engagement:
        """Everything about one customer, read consistently in one query."""
        standing: Standing | None = None
        contacts, segments, runs = Contacts(), set[str](), list[Enrollment]()
        for item in self._table.partition(keys.customer(customer)):
            sk = item["sk"]
            if MOVED in item:
                continue
            if sk.startswith(keys.ENROLLMENT):
                runs.append(items.enrollment_of(item))
            elif sk.startswith(keys.MEMBER):
                segments.add(item["segment"])
            elif sk == keys.STANDING:
                standing = items.read(item["standing"], Standing)
            elif sk == keys.CONTACTS:
                contacts = items.read(item["contacts"], Contacts)
        return Engagement(standing, frozenset(segments), contacts, tuple(runs))

    def everything(self) -> Iterator[tuple[str, Enrollment | Credit | Standing | Suppression | None]]:
        """Every enrollment, credit and standing with its customer, every suppression with its hash; for each night.

        None in place of an item that cannot be read.
        """
        for item in self._table.scan():
            if item["sk"] == keys.SUPPRESSION:
                if suppression := suppression_of(item):
                    yield keys.suppressed_of(item["pk"]), suppression
            elif MOVED not in item and item["sk"].startswith(COUNTED):
                yield keys.owner_of(item["pk"]), _readable(item)

    def items_of(self, customer: str) -> list[dict[str, Any]]:
        """Every item about a customer as it is stored."""
        return [item for pk in _partitions(customer) for item in self._table.partition(pk)]

    def erase(self, customer: str, keep: Callable[[str, counters.Counts], None]) -> None:
        """Remove all items about a customer; ``keep`` is called first with the counts of each item.

        Raises ``Conflict`` if what an item counts has changed since it was read. Runs are read before the credits and
        removed after them: whoever gives a credit meanwhile changes its run, which is then not removed.
        """
        own = list(self._table.partition(keys.customer(customer)))
        for item in (*self._table.partition(keys.credits(customer)), *own):
            self._remove(item, keep)

    def _remove(self, item: Mapping[str, Any], keep: Callable[[str, counters.Counts], None]) -> None:
        """Remove an item after its counts were kept, unless it changed; nothing is kept of what moved meanwhile."""
        counted = items.counted_of(item)
        match counted:
            case Credit():
                condition, values = IS_SAME, {":old": item["credit"]}
            case Standing():
                condition, values = "standing = :standing", {":standing": item["standing"]}
            case Enrollment():
                credited = {":credited": item["credited"]} if "credited" in item else {}
                same = "credited = :credited" if credited else "attribute_not_exists(credited)"
                condition = f"version = :version AND outcomes = :outcomes AND {same}"
                values = {":version": item["version"], ":outcomes": item["outcomes"]} | credited
            case None:
                self._table.delete(items.key_of(item))
                return
        if counts := counters.counts_of(counted):
            keep(_digest(item), counts)
        try:
            self._table.delete_if(items.key_of(item), condition, values)
        except Conflict:
            if self._has_moved(item):
                keep(_digest(item), {})
            elif self._table.get(items.key_of(item)) is None:
                return  # removed: the answer was lost, or another process erases this customer too
            raise

    def _has_moved(self, item: Mapping[str, Any]) -> bool:
        """Whether a run, or the run of a credit, has moved to another customer, and what it counts with it."""
        key = items.key_of(item)
        if item["sk"].startswith(keys.CREDIT):
            run_id = items.read(item["credit"], Credit).enrollment
            key = {"pk": keys.customer(keys.owner_of(item["pk"])), "sk": keys.enrollment(run_id)}
        return MOVED in (self._table.get(key) or {})


def _partitions(customer: str) -> tuple[str, str]:
    return keys.credits(customer), keys.customer(customer)


def _digest(item: Mapping[str, Any]) -> str:
    """An id of an item that does not identify its customer."""
    return hashlib.sha256(f"{item['pk']}|{item['sk']}".encode()).hexdigest()[:32]


def _readable(item: Mapping[str, Any]) -> Enrollment | Credit | Standing | None:
    """What is counted of an item; None if it cannot be read."""
    try:
        return items.counted_of(item)
    except (ValueError, KeyError):
        return None
