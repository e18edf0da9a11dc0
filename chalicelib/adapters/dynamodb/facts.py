"""Facts in the ``commerce`` table: the last version of each that its source reported."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain, islice
from typing import Any

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.bearers import IS_STRANGER
from chalicelib.adapters.dynamodb.table import IS_NEW, Table, is_own
from chalicelib.adapters.dynamodb.tellers import BY, joined_tellers, tellers
from chalicelib.domain.channel import Channel
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.facts.answer import Answer
from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.customer import Customer, Merged
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.facts import SUBJECTS, Facts, facts_of
from chalicelib.domain.facts.launch import Launch
from chalicelib.domain.facts.order import Order
from chalicelib.domain.facts.versions import is_partial
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.time import NEVER, from_text

IS_NEWER = "attribute_not_exists(pk) OR version < :version"
IS_ALONE = "attribute_not_exists(pk) OR (version < :version AND attribute_not_exists(emptied))"
"""A newer version says all: no later one has to tell that this cart was empty."""
IS_SAME = "version = :version"
IS_UNCHANGED = "attribute_not_exists(pk) OR version = :version"
ATTEMPTS = 8
CARTS, ANSWERS = keys.fact(Cart.kind), keys.fact(Answer.kind)
FIRST, BEFORE_CARTS, AFTER_BEARERS, LAST = "!", CARTS, f"{keys.COBEARERS[:-1]}$", "~"
"""Sort keys around those of carts and, right behind them, of others who bear an address: nothing else is between."""
MOST_OF_STRANGERS = 2_000
"""So many items are read of a customer who may be anybody's invention."""


@dataclass(slots=True)
class _Partition:
    """One partition: its facts, who was merged into it lately, who still is, and who bears which address of theirs.

    ``sharing``: by address hash and customer, whether that one may be anybody. ``apart``: who was split off, and when.
    """

    facts: list[Fact] = field(default_factory=list)
    absorbed: list[str] = field(default_factory=list)
    merging: list[str] = field(default_factory=list)
    sharing: dict[tuple[str, str], bool] = field(default_factory=dict)
    apart: dict[str, datetime] = field(default_factory=dict)


class FactStore:
    """Facts in DynamoDB."""

    def __init__(self, table: Table, address_hash: Callable[[str], str]) -> None:
        self._table = table
        self._address_hash = address_hash

    def put(self, customer: str, fact: Fact, *, past: bool = False, by: Iterable[str] = ()) -> bool:
        """Store a fact unless it or a newer version is stored already; returns whether it was stored.

        A profile is merged with the stored one, field by field. ``past``: it is history, and begins no journey.
        ``by``: who told it, so that it can be told whose it is if the customer turns out to be two people.
        """
        if isinstance(fact, Launch):
            return self.put_in(keys.launch(fact.id)["pk"], fact, {})
        pk, extra = keys.customer(customer), {"past": past or None, BY: tellers(by)}
        if extra[BY] is None and isinstance(fact, Cart | Order):  # who told it last stays known
            return self._join(pk, fact, extra)
        return self.put_in(pk, fact, extra)

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
            fact, stored, known, more = part, self._table.get(key), None, extra
            if stored is None:
                condition, values = IS_NEW, None
            else:
                known = items.fact_of(stored)
                fact = items.joined(known, part) if known else part
                more = {**extra, BY: joined_tellers(part, extra.get(BY), known, stored.get(BY))}
                if fact == known and more[BY] == stored.get(BY):
                    return False
                condition, values = IS_SAME, {":version": stored["version"]}
                if "past" not in stored:  # a live fact does not become history
                    more["past"] = None
            try:
                self._table.put({**key, **items.fact_content(fact), **more}, condition, values)
            except Conflict:
                continue
            return fact != known
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

        None: none was stored. While customers are merged, the one that was read may still be with the other, or be
        joined of both.
        """
        item = {"pk": keys.customer(customer), "sk": items.fact_sk(fact), **items.fact_content(fact)}
        stored = self._table.get(items.key_of(item)) if over else None
        known = items.fact_of(stored) if stored else None
        if known and over and known != over and items.joined(known, over) != over:
            return False
        condition, values = (IS_SAME, {":version": stored["version"]}) if stored else (IS_NEW, None)
        try:
            self._table.put(item, condition, values)
        except Conflict as conflict:
            return is_own(conflict, item)
        return True

    def snapshot(self, customer: str) -> Facts:
        """As ``of``, but what moves between customers meanwhile is in it: it is read until nothing has changed."""
        facts = self.of(customer)
        for _ in range(ATTEMPTS):
            if not facts.at_address:
                return facts
            before, facts = facts, self.of(customer)
            if facts == before:
                return facts
        raise Unavailable("facts that keep changing")

    def of(self, customer: str, known: Facts | None = None) -> Facts:
        """All facts about a customer (or the one they were merged into), read consistently.

        It is one query, one more for each customer who was merged into this one lately, and two for each other one who
        bears the address that this one is written to; ``known``: one of these, who was just read. Of a stranger who
        cannot be read now, nothing is known, and of one of whom very much was told, only some of it.
        """
        facts, sharing = self._of(customer)
        if not sharing:
            return facts
        addresses = {self._address_hash(each) for channel in Channel if (each := facts.customer.address(channel))}
        strangers: dict[str, bool] = {}
        for (address_hash, other), is_stranger in sharing.items():
            if address_hash in addresses:
                strangers[other] = is_stranger and strangers.get(other, True)
        others: dict[str, Facts] = {}
        now: dict[str, str] = {}
        for other, is_stranger in sorted(strangers.items()):
            if known and other == known.customer.key:
                others[other] = replace(known, carts={}, answers={}, at_address=(), bearers=())
                now[other] = other
                continue
            try:
                theirs, _ = self._of(other, most=MOST_OF_STRANGERS if is_stranger else None, is_beside=True)
            except Unavailable:
                if not is_stranger:
                    raise
                continue
            others[theirs.customer.key], now[other] = theirs, theirs.customer.key
        others.pop(facts.customer.key, None)  # they turned out to be one person
        bearers = {now.get(other, other) for (_, other), is_stranger in sharing.items() if not is_stranger}
        bearers.discard(facts.customer.key)
        return replace(facts, at_address=tuple(others.values()), bearers=tuple(sorted(bearers)))

    def alone(self, customer: str) -> Facts:
        """What is known of a customer (or the one they were merged into) without carts, answers and other customers."""
        facts, _ = self._of(customer, is_beside=True)
        return facts

    def _of(
        self, customer: str, *, most: int | None = None, is_beside: bool = False
    ) -> tuple[Facts, dict[tuple[str, str], bool]]:
        """All facts about a customer, and who else bears which address of theirs, and may be anybody.

        ``is_beside``: without carts and answers, which say nothing about others, and without those who bear addresses.
        ``most``: so many items at the most.
        """
        own = self._partition(customer, most, is_beside=is_beside)
        if merged := next((fact for fact in own.facts if isinstance(fact, Merged)), None):
            return self._of(merged.into, most=most, is_beside=is_beside)
        nobody = Customer(customer, NEVER)
        if not own.absorbed:
            return replace(facts_of(nobody, own.facts), apart=own.apart), own.sharing
        for other in own.absorbed:
            more = self._partition(other, most, is_beside=is_beside)
            if not any(isinstance(fact, Merged) for fact in more.facts):  # not recorded yet, never told, or erased
                own.merging = [each for each in own.merging if each != other]
                continue
            own.facts += more.facts
            own.absorbed += more.absorbed  # merged into a customer who is being merged
            own.sharing |= {each: more.sharing[each] and own.sharing.get(each, True) for each in more.sharing}
            own.merging += more.merging
            own.apart |= more.apart
        joined: dict[str, Fact] = {items.fact_sk(nobody): nobody}
        for fact in own.facts:
            sk = items.fact_sk(fact)
            joined[sk] = items.joined(joined[sk], fact) if sk in joined else fact
        facts = replace(facts_of(nobody, joined.values()), merging=tuple(own.merging), apart=own.apart)
        one = {customer, *own.absorbed}
        return facts, {each: is_stranger for each, is_stranger in own.sharing.items() if each[1] not in one}

    def _partition(self, customer: str, most: int | None = None, *, is_beside: bool = False) -> _Partition:
        found, pk = _Partition(), keys.customer(customer)
        stored = self._table.partition(pk)
        if is_beside:
            stored = chain(self._table.between(pk, FIRST, BEFORE_CARTS), self._table.between(pk, AFTER_BEARERS, LAST))
        for item in islice(stored, most):
            sk = item["sk"]
            if is_beside and sk.startswith(ANSWERS):
                continue
            if sk.startswith(keys.ABSORBS):
                found.absorbed.append(sk.removeprefix(keys.ABSORBS))
                found.merging += found.absorbed[-1:] if items.is_merging(item) else []
            elif sk.startswith(keys.COBEARERS):
                found.sharing[keys.shared(sk)] = IS_STRANGER in item
            elif sk.startswith(keys.APART):
                found.apart |= {sk.removeprefix(keys.APART): from_text(item["at"])} if items.SPLIT_OFF in item else {}
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
