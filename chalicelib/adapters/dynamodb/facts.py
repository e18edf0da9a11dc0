"""Facts in the ``commerce`` table: the last version of each that its source reported."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.table import IS_NEW, Table, is_own
from chalicelib.domain.errors import Conflict
from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.customer import Customer, Merged
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.facts import SUBJECTS, Facts, facts_of
from chalicelib.domain.facts.launch import Launch
from chalicelib.domain.facts.order import Order
from chalicelib.domain.facts.versions import is_partial
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.time import NEVER

IS_NEWER = "attribute_not_exists(pk) OR version < :version"
IS_ALONE = "attribute_not_exists(pk) OR (version < :version AND attribute_not_exists(emptied))"
"""A newer version says all: no later one has to tell that this cart was empty."""
IS_SAME = "version = :version"
IS_UNCHANGED = "attribute_not_exists(pk) OR version = :version"
ATTEMPTS = 8


@dataclass(slots=True)
class _Partition:
    """One partition: its facts, who was merged into it lately, who still is, and who shares an address."""

    facts: list[Fact] = field(default_factory=list)
    absorbed: list[str] = field(default_factory=list)
    merging: list[str] = field(default_factory=list)
    sharing: set[str] = field(default_factory=set)


class FactStore:
    """Facts in DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put(self, customer: str, fact: Fact, *, past: bool = False) -> bool:
        """Store a fact unless it or a newer version is stored already; returns whether it was stored.

        A profile is merged with the stored one, field by field. ``past``: it is history, and begins no journey.
        """
        if isinstance(fact, Launch):
            return self.put_in(keys.launch(fact.id)["pk"], fact, {})
        return self.put_in(keys.customer(customer), fact, {"past": past or None})

    def put_in(self, pk: str, fact: Fact, extra: Mapping[str, Any]) -> bool:
        """Store a fact as ``put`` does, in any partition; ``extra``: more attributes of the item."""
        if is_partial(fact):
            return self._join(pk, fact, extra)
        item = {"pk": pk, "sk": items.fact_sk(fact), **items.fact_content(fact), **extra}
        try:
            self._table.put(item, IS_ALONE, {":version": item["version"]})
        except Conflict:
            # Later changes may build on it, and a page that is reloaded may be held against it.
            return isinstance(fact, Cart | Order) and self._join(pk, fact, extra)
        return True

    def _join(self, pk: str, part: Fact, extra: Mapping[str, Any]) -> bool:
        key = {"pk": pk, "sk": items.fact_sk(part)}
        if isinstance(part, Customer):
            part = replace(part, key=keys.customer_of(pk) if keys.is_customer(pk) else "")
        for _ in range(ATTEMPTS):
            fact, stored = part, self._table.get(key)
            if stored is None:
                condition, values = IS_NEW, None
            else:
                known = items.fact_of(stored)
                fact = items.joined(known, part) if known else part
                if fact == known:
                    return False
                condition, values = IS_SAME, {":version": stored["version"]}
                extra = extra if "past" in stored else {**extra, "past": None}  # a live fact does not become history
            try:
                self._table.put({**key, **items.fact_content(fact), **extra}, condition, values)
            except Conflict:
                continue
            return True
        raise Conflict("a fact that keeps changing")

    def put_once(self, customer: str, fact: Fact) -> bool:
        """Store a fact of which the first version counts (a merge); returns whether this was the first."""
        item = {"pk": keys.customer(customer), "sk": items.fact_sk(fact), **items.fact_content(fact)}
        try:
            self._table.put(item, IS_NEW)
        except Conflict:  # the same twice is a repetition, and not told from a write whose answer was lost
            return False
        return True

    def replace(self, customer: str, fact: Fact, over: Fact | None) -> bool:
        """Store a fact over ``over``, the version that was read; returns False if there is another one by now.

        None: none was stored. While customers are merged, the one that was read may still be with the other.
        """
        item = {"pk": keys.customer(customer), "sk": items.fact_sk(fact), **items.fact_content(fact)}
        stored = self._table.get(items.key_of(item)) if over else None
        if stored and items.fact_of(stored) != over:
            return False
        condition, values = (IS_SAME, {":version": stored["version"]}) if stored else (IS_NEW, None)
        try:
            self._table.put(item, condition, values)
        except Conflict as conflict:
            return is_own(conflict, item)
        return True

    def of(self, customer: str) -> Facts:
        """All facts about a customer (or the one they were merged into), read consistently.

        It is one query, and one more for each customer who was merged into this one lately or bears the same address.
        """
        facts, sharing = self._of(customer)
        if not sharing:
            return facts
        others = {other.customer.key: other for other, _ in map(self._of, sorted(sharing))}
        others.pop(facts.customer.key, None)  # they turned out to be one person
        return replace(facts, at_address=tuple(others.values()))

    def _of(self, customer: str) -> tuple[Facts, set[str]]:
        """All facts about a customer, and the other customers who have, or claim, an address of theirs."""
        own = self._partition(customer)
        if merged := next((fact for fact in own.facts if isinstance(fact, Merged)), None):
            return self._of(merged.into)
        nobody = Customer(customer, NEVER)
        if not own.absorbed:
            return facts_of(nobody, own.facts), own.sharing
        for other in own.absorbed:
            more = self._partition(other)
            if not any(isinstance(fact, Merged) for fact in more.facts):  # erased, or never told: nobody to wait for
                own.merging = [each for each in own.merging if each != other]
            own.facts += more.facts
            own.absorbed += more.absorbed  # merged into a customer who is being merged
            own.sharing |= more.sharing
            own.merging += more.merging
        joined: dict[str, Fact] = {items.fact_sk(nobody): nobody}
        for fact in own.facts:
            sk = items.fact_sk(fact)
            joined[sk] = items.joined(joined[sk], fact) if sk in joined else fact
        facts = replace(facts_of(nobody, joined.values()), merging=tuple(own.merging))
        return facts, own.sharing - {customer, *own.absorbed}

    def _partition(self, customer: str) -> _Partition:
        found = _Partition()
        for item in self._table.partition(keys.customer(customer)):
            sk = item["sk"]
            if sk.startswith(keys.ABSORBS):
                found.absorbed.append(sk.removeprefix(keys.ABSORBS))
                found.merging += found.absorbed[-1:] if items.is_merging(item) else []
            elif sk.startswith(keys.SHARES):
                found.sharing.add(sk.removeprefix(keys.SHARES))
            elif fact := items.fact_of(item):
                found.facts.append(fact)
        return found

    def glance(self, runs: Iterable[Enrollment]) -> dict[str, Facts]:
        """By customer: the profile and the facts that these runs are about, for a whole batch in one call.

        Merged customers, and customers with items that cannot be read, or not now, are left out.
        """
        wanted: dict[tuple[str, str], str] = {}
        for run in runs:
            pk = keys.customer(run.customer)
            wanted |= {(pk, keys.PROFILE): run.customer, (pk, keys.MERGED): run.customer}
            if kind := SUBJECTS.get(run.trigger):
                wanted[pk, keys.fact(kind.kind, run.subject)] = run.customer
        found: dict[str, list[Fact]] = {}
        read, left = self._table.batch_get_some([{"pk": pk, "sk": sk} for pk, sk in wanted])
        unclear = {keys.customer_of(key["pk"]) for key in left}
        for item in read:
            customer = keys.customer_of(item["pk"])
            try:
                fact = items.fact_of(item)
            except ValueError:
                unclear.add(customer)
                continue
            if isinstance(fact, Merged):
                unclear.add(customer)
            elif fact:
                found.setdefault(customer, []).append(fact)
        return {
            customer: facts_of(Customer(customer, NEVER), facts)
            for customer, facts in found.items()
            if customer not in unclear
        }

    def launches(self, ids: Iterable[str]) -> dict[str, Launch]:
        """Those of the launches with these ids that exist."""
        found = self._table.batch_get([keys.launch(launch_id) for launch_id in ids])
        return {launch.id: launch for launch in (items.read(item["fact"], Launch) for item in found)}
