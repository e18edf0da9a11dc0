"""The ``engagement`` table across its topics: one customer's whole partition, or every item."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.credits import IS_SAME
from chalicelib.adapters.dynamodb.runs import MOVED
from chalicelib.adapters.dynamodb.suppressions import suppression_of
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.figures import counters
from chalicelib.domain.journeys.contacts import Contacts
from chalicelib.domain.journeys.credits import Credit
from chalicelib.domain.journeys.engagement import Engagement, Suppression
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.standing.standing import Standing


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
            elif item["sk"].startswith(keys.CREDIT) and MOVED not in item:
                yield keys.credited_to(item["pk"]), _readable(item)
            elif item["sk"] == keys.STANDING or (item["sk"].startswith(keys.ENROLLMENT) and MOVED not in item):
                yield keys.customer_of(item["pk"]), _readable(item)

    def items_of(self, customer: str) -> list[dict[str, Any]]:
        """Every item about a customer as it is stored."""
        return [item for pk in _partitions(customer) for item in self._table.partition(pk)]

    def erase(self, customer: str, keep: Callable[[str, counters.Counts], None]) -> None:
        """Remove all items about a customer; ``keep`` is called first with the counts of each item.

        Credits before their runs: whoever adds one meanwhile changes its run, which is then not removed.
        """
        for item in (item for pk in _partitions(customer) for item in self._table.partition(pk)):
            key = items.key_of(item)
            if item["sk"].startswith(keys.CREDIT) and MOVED not in item:
                keep(_digest(item), counters.counts_of_credit(items.read(item["credit"], Credit)))
                self._table.delete_if(key, IS_SAME, {":old": item["credit"]})
            elif item["sk"] == keys.STANDING:
                keep(_digest(item), counters.counts_of_standing(items.read(item["standing"], Standing)))
                self._table.delete_if(key, "standing = :standing", {":standing": item["standing"]})
            elif item["sk"].startswith(keys.ENROLLMENT) and MOVED not in item:
                keep(_digest(item), counters.counts_of_enrollment(items.enrollment_of(item)))
                is_unchanged = "version = :version AND size(outcomes) = :outcomes"
                values = {":version": item["version"], ":outcomes": len(item["outcomes"])}
                if "changes" in item:
                    values[":changes"] = item["changes"]
                same = "changes = :changes" if "changes" in item else "attribute_not_exists(changes)"
                self._table.delete_if(key, f"{is_unchanged} AND {same}", values)
            else:
                self._table.delete(key)


def _partitions(customer: str) -> tuple[str, str]:
    return keys.credits(customer), keys.customer(customer)


def _digest(item: Mapping[str, Any]) -> str:
    """An id of an item that does not identify its customer."""
    return hashlib.sha256(f"{item['pk']}|{item['sk']}".encode()).hexdigest()[:32]


def _readable(item: Mapping[str, Any]) -> Enrollment | Credit | Standing | None:
    """The standing, the enrollment or the credit in an item; None if it cannot be read."""
    try:
        if item["sk"].startswith(keys.CREDIT):
            return items.read(item["credit"], Credit)
        if item["sk"] == keys.STANDING:
            return items.read(item["standing"], Standing)
        return items.enrollment_of(item)
    except (ValueError, KeyError):
        return None
