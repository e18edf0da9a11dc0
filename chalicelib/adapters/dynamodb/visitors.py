"""Facts of unknown visitors in the ``commerce`` table, until the visitors are identified or the facts expire."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.facts import IS_UNCHANGED, FactStore
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.errors import Conflict
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.inbound import Name

MOST_KEPT = 200
"""Facts of one visitor, each in its last version."""


class VisitorStore:
    """Facts of unknown visitors in DynamoDB."""

    def __init__(self, table: Table, facts: FactStore) -> None:
        self._table = table
        self._facts = facts

    def keep(self, visits: Iterable[Name], fact: Fact, until: datetime) -> bool:
        """Keep a visitor's fact until ``until`` at the latest; returns whether it was new.

        It is stored under the first of the visitor's names, and can be found by each. A visitor of whom very much is
        kept is no person, and no more is: all of it moves at once when somebody is known by the name. What is kept is
        counted beside it, since anybody can send much of a visitor, and reading it each time would cost more and more.
        """
        first, *others = [digest for _, digest in visits]
        key, count = {"pk": keys.visitor(first), "sk": items.fact_sk(fact)}, keys.kept_count(first)
        found = {item["sk"]: item for item in self._table.batch_get([key, count])}
        is_another = key["sk"] not in found
        if is_another and found.get(keys.COUNT, {"kept": 0})["kept"] >= MOST_KEPT:
            return False
        expires_at = {"expires_at": int(until.timestamp())}
        for other in others:
            self._table.put({**keys.link(other, first), **expires_at})
        is_new = self._facts.put_in(keys.visitor(first), fact, expires_at | ({"links": others} if others else {}))
        if is_another:
            values = {":one": 1, ":until": expires_at["expires_at"]}
            self._table.update(count, "SET expires_at = :until ADD kept :one", None, {}, values)
        return is_new

    def take_over(self, visit: Name, customer: str, by: Iterable[str] = ()) -> None:
        """Move all facts of a visitor to the customer; ``by``: the name that identified the visitor."""
        (_, digest), tellers = visit, tuple(by)
        stored = list(self._table.partition(keys.visitor(digest)))
        self._take_over(digest, stored, customer, tellers)
        for link in stored:
            if link["sk"].startswith(keys.LINK):
                other = link["sk"].removeprefix(keys.LINK)
                self._take_over(other, self._table.partition(keys.visitor(other)), customer, tellers)
                self._table.delete(items.key_of(link))
                self._table.delete(keys.kept_count(other))
            elif link["sk"] == keys.COUNT:
                self._table.delete(items.key_of(link))

    def _take_over(self, digest: str, stored: Iterable[Mapping[str, Any]], customer: str, by: Iterable[str]) -> None:
        for item in stored:
            if fact := items.fact_of(item):
                self._facts.put(customer, fact, by=by)
                with suppress(Conflict):  # a newer version is taken over once the name leads to the customer
                    self._table.delete_if(items.key_of(item), IS_UNCHANGED, {":version": item["version"]})
                    for other in item.get("links", ()):
                        self._table.delete(keys.link(other, digest))
