"""The ``commerce`` table: facts about customers, each as its source told it last, and whose they are."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from chalicelib.adapters.dynamodb import items as records
from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.names import MERGED_NAME, NameStore, name_of
from chalicelib.adapters.dynamodb.table import IS_NEW
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.customer import Customer, Merged
from chalicelib.domain.facts.events import CartChanged, Fact, OrderPlaced
from chalicelib.domain.facts.inbound import Known, Name, is_of
from chalicelib.domain.facts.known import Facts
from chalicelib.domain.facts.launch import Launch
from chalicelib.domain.facts.order import Order
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.time import NEVER, to_text

IS_NEWER = "attribute_not_exists(pk) OR version < :version"
UNCHANGED = "attribute_not_exists(pk) OR version = :version"
THINGS = ("CART#", "ORDER#", "REFUND#", "CANCELLATION#")
TURNS = 8
SUBJECTS = {CartChanged.__name__: "CART#", OrderPlaced.__name__: "ORDER#"}
"""Where the fact is that a run with this trigger is about."""


class CommerceStore(NameStore):
    """Facts in DynamoDB, and the names of whom they are about."""

    def put(self, customer: str, fact: Fact, at: datetime | None = None, *, past: bool = False) -> bool:
        """Store a fact unless it, or a newer version of it, is there already; tells whether it was stored.

        A profile is joined with what is there, field by field. ``at`` is the version's time where that is not the
        fact's own (an answer whose case was closed). ``past``: told as history, so that it begins nothing.
        """
        if isinstance(fact, Launch):
            return self._put(keys.launch(fact.id)["pk"], fact, {})
        return self._put(keys.customer(customer), fact, {"past": past or None}, at)

    def _put(self, pk: str, fact: Fact, more: Mapping[str, Any], at: datetime | None = None) -> bool:
        if records.is_joined(fact):
            return self._put_joined(pk, fact, more)
        stored = {"pk": pk, "sk": records.fact_sk(fact), **_content(fact, at), **more}
        try:
            self._table.put(stored, IS_NEWER, {":version": stored["version"]})
        except Conflict:
            # It may be what later changes build on, or hold against what a page tells again.
            return isinstance(fact, Cart | Order) and self._put_joined(pk, fact, more)
        return True

    def _put_joined(self, pk: str, told: Fact, more: Mapping[str, Any]) -> bool:
        key = {"pk": pk, "sk": records.fact_sk(told)}
        if isinstance(told, Customer):
            told = replace(told, key=keys.customer_of(pk) if pk.startswith("CUSTOMER#") else "")
        for _ in range(TURNS):
            fact, stored = told, self._table.get(key)
            if stored is None:
                condition, values = IS_NEW, None
            else:
                known = records.fact_of(stored)
                fact = records.joined(known, told) if known else told
                if fact == known:
                    return False
                condition, values = "version = :version", {":version": stored["version"]}
                more = more if "past" in stored else {**more, "past": None}  # what lives does not become history
            try:
                self._table.put({**key, **_content(fact), **more}, condition, values)
            except Conflict:
                continue
            return True
        raise Conflict("a fact that others keep changing")

    def put_once(self, customer: str, fact: Fact) -> bool:
        """Store a fact of which the first version holds (an answer); tells whether this was the first."""
        try:
            self._table.put({**_item(customer, fact), **_content(fact)}, IS_NEW)
        except Conflict:
            return False
        return True

    def facts(self, customer: str) -> Facts:
        """All that is known of a customer (or of the one they were merged into), read consistently in one query."""
        found, others = self._facts(customer)
        if merged := next((fact for fact in found if isinstance(fact, Merged)), None):
            return self.facts(merged.into)
        if not others:
            return records.facts_of(Customer(customer, NEVER), found)
        for other in others:
            more, further = self._facts(other)
            found += more
            others += further  # merged into one who is being merged
        nobody = Customer(customer, NEVER)
        joined: dict[str, Fact] = {records.fact_sk(nobody): nobody}
        for fact in found:
            sk = records.fact_sk(fact)
            joined[sk] = records.joined(joined[sk], fact) if sk in joined else fact
        return records.facts_of(nobody, list(joined.values()))

    def _facts(self, customer: str) -> tuple[list[Fact], list[str]]:
        """A partition's facts, and the customers who are being merged into this one."""
        found, others = [], []
        for item in self._table.partition(keys.customer(customer)):
            if item["sk"].startswith(keys.ABSORBS):
                others.append(item["sk"].removeprefix(keys.ABSORBS))
            elif fact := records.fact_of(item):
                found.append(fact)
        return found, others

    def glance(self, runs: Iterable[Enrollment]) -> dict[str, Facts]:
        """By customer, the profile and what these runs are about: far from all, but for a whole page in one call.

        Whoever was merged, and whatever cannot be read, is left out.
        """
        wanted: dict[tuple[str, str], str] = {}
        for run in runs:
            pk = keys.customer(run.customer)
            wanted |= {(pk, "CUSTOMER"): run.customer, (pk, keys.MERGED): run.customer}
            if run.trigger in SUBJECTS:
                wanted[pk, SUBJECTS[run.trigger] + run.subject] = run.customer
        found: dict[str, list[Fact]] = {}
        unclear = set()
        for item in self._table.batch_get([{"pk": pk, "sk": sk} for pk, sk in wanted]):
            customer = keys.customer_of(item["pk"])
            try:
                fact = records.fact_of(item)
            except ValueError:
                unclear.add(customer)
                continue
            if isinstance(fact, Merged):
                unclear.add(customer)
            elif fact:
                found.setdefault(customer, []).append(fact)
        return {
            customer: records.facts_of(Customer(customer, NEVER), facts)
            for customer, facts in found.items()
            if customer not in unclear
        }

    def launches(self, ids: Iterable[str]) -> dict[str, Launch]:
        """The launches with these ids."""
        items = self._table.batch_get([keys.launch(launch_id) for launch_id in ids])
        return {launch.id: launch for launch in (records.read(item["fact"], Launch) for item in items)}

    def items_of(self, customer: str) -> list[dict[str, Any]]:
        """Every item about a customer as it is stored, and those by which their names lead there."""
        items = list(self._table.partition(keys.customer(customer)))
        names = [name_of(item["sk"]) for item in items if item["sk"].startswith(keys.KNOWN)]
        return items + self._table.batch_get([keys.alias(*name) for name in names if name[0] != MERGED_NAME])

    def merge(self, customer: str, into: Known, at: datetime) -> None:
        """Note that a customer is another, older one, whose facts include theirs at once; the stream does the rest."""
        self._table.put(keys.known_by(into.customer, MERGED_NAME, customer))
        self._table.put(keys.absorbs(into.customer, customer))
        if not self.put_once(customer, Merged(into.customer, into.since, at)) and self.merged(customer) != into:
            self._table.delete(keys.absorbs(into.customer, customer))  # somebody merged them elsewhere first

    def copy(self, customer: str, into: Known) -> list[tuple[str, str]]:
        """Copy a merged customer's facts and names to the older customer; tells what was copied, with its version."""
        copied = []
        for item in self._table.partition(keys.customer(customer)):
            sk = item["sk"]
            if sk.startswith(keys.KNOWN):
                self._lead(name_of(sk), customer, into)
            elif sk.startswith(("CUSTOMER", "CART#", "ORDER#")) and (fact := records.fact_of(item)):
                self.put(into.customer, fact, past="past" in item)
            elif sk != keys.MERGED and not sk.startswith(keys.ABSORBS):
                with suppress(Conflict):
                    stored = {**item, "pk": keys.customer(into.customer)}
                    self._table.put(stored, IS_NEWER, {":version": item["version"]})
            if "version" in item and sk != keys.MERGED:
                copied.append((sk, item["version"]))
        return copied

    def leave(self, customer: str, into: Known, copied: Iterable[tuple[str, str]]) -> None:
        """Remove what was copied, unless it changed since, and end the merging; that it happened stays noted."""
        for sk, version in copied:
            key = {"pk": keys.customer(customer), "sk": sk}
            self._table.delete_if(key, UNCHANGED, {":version": version})
        self._table.delete(keys.absorbs(into.customer, customer))

    def erase(self, customer: str) -> None:
        """Remove all there is of a customer: facts first, then the names that lead there."""
        items = [{"pk": item["pk"], "sk": item["sk"]} for item in self._table.partition(keys.customer(customer))]
        names = [key for key in items if key["sk"].startswith(keys.KNOWN)]
        self._table.batch_delete([key for key in items if key not in names])
        for key in names:
            with suppress(Conflict):
                self._table.delete_if(keys.alias(*name_of(key["sk"])), "customer = :customer", {":customer": customer})
        self._table.batch_delete(names)

    def keep(self, visits: Iterable[Name], fact: Fact, until: datetime) -> bool:
        """Keep what is told of a visitor whom nobody knows, at the longest until then; tells whether it was new.

        It is kept under the first of the visitor's names, and found by each.
        """
        first, *others = [digest for _, digest in visits]
        expires_at = {"expires_at": int(until.timestamp())}
        for other in others:
            self._table.put({**keys.link(other, first), **expires_at})
        return self._put(keys.visitor(first), fact, expires_at | ({"links": others} if others else {}))

    def take_over(self, visit: Name, customer: str) -> None:
        """Move all that was kept of a visitor to the customer whom the visitor turned out to be."""
        _, digest = visit
        items = list(self._table.partition(keys.visitor(digest)))
        self._take_over(digest, items, customer)
        for link in items:
            if link["sk"].startswith(keys.LINK):
                other = link["sk"].removeprefix(keys.LINK)
                self._take_over(other, self._table.partition(keys.visitor(other)), customer)
                self._table.delete(_key(link))

    def _take_over(self, digest: str, items: Iterable[Mapping[str, Any]], customer: str) -> None:
        for item in items:
            if fact := records.fact_of(item):
                self.put(customer, fact)
                with suppress(Conflict):  # told anew meanwhile: that is taken over when the name leads to the customer
                    self._table.delete_if(_key(item), UNCHANGED, {":version": item["version"]})
                    for other in item.get("links", ()):
                        self._table.delete(keys.link(other, digest))

    def told_at(self, customer: str, visitor: str) -> datetime | None:
        """When the thing that bears this visitor's name was told last as a customer's; None if they have none."""
        things = (fact for _, fact in self._things(customer, visitor) if isinstance(fact, Cart | Order))
        return max((thing.at for thing in things), default=None)

    def hand_over(self, customer: str, into: str, visitor: str) -> None:
        """Move the thing that bears this visitor's name to the customer whose it turned out to be."""
        for item, fact in self._things(customer, visitor):
            self.put(into, fact, past="past" in item)
            self._table.delete_if(_key(item), UNCHANGED, {":version": item["version"]})

    def _things(self, customer: str, visitor: str) -> list[tuple[dict[str, Any], Fact]]:
        items = list(self._table.partition(keys.customer(customer)))
        if any(item["sk"].startswith(keys.ABSORBS) for item in items):  # it may be with whom they are merged from
            raise Unavailable("a customer who is being merged")
        facts = ((item, records.fact_of(item)) for item in items if item["sk"].startswith(THINGS))
        return [(item, fact) for item, fact in facts if fact and is_of(fact, visitor)]

    def is_delivered(self, source: str, delivery_id: str) -> bool:
        """Whether a delivery was taken already."""
        return self._table.get(self._delivery(source, delivery_id)) is not None

    def remember_delivery(self, source: str, delivery_id: str, until: datetime) -> None:
        """Remember that a delivery was taken; DynamoDB forgets it by itself after ``until``."""
        self._table.put({**self._delivery(source, delivery_id), "expires_at": int(until.timestamp())})

    def _delivery(self, source: str, delivery_id: str) -> dict[str, str]:
        return keys.delivery(source, self._identity.delivery(delivery_id))

    def issue_coupon(self, code: str, customer: str, percent: int, expires_at: datetime) -> None:
        """Remember a personal single-use code; again, as long as it is unused, its last day is the new one."""
        expiry = to_text(expires_at)
        try:
            self._table.put(
                {**keys.coupon(code), "customer": customer, "percent": percent, "valid_until": expiry},
                "attribute_not_exists(order_id)",
            )
        except Conflict:
            return

    def redeem_coupon(self, code: str, order_id: str) -> bool:
        """Mark a code as used by an order; False when it is unknown or another order used it."""
        try:
            self._table.update(
                keys.coupon(code),
                "SET order_id = :order",
                "attribute_exists(pk) AND (attribute_not_exists(order_id) OR order_id = :order)",
                {},
                {":order": order_id},
            )
        except Conflict:
            return False
        return True

    def coupons(self, codes: Iterable[str]) -> list[dict[str, Any]]:
        """Those of the coupons that were issued."""
        return self._table.batch_get([keys.coupon(code) for code in codes])

    def forget_coupon(self, code: str) -> None:
        """Remove a coupon, if it was issued."""
        self._table.delete(keys.coupon(code))

    def forget_coupons(self, codes: Iterable[str]) -> None:
        """Remove coupons, as far as they were issued."""
        self._table.batch_delete([keys.coupon(code) for code in sorted(codes)])


def _item(customer: str, fact: Fact) -> dict[str, str]:
    return {"pk": keys.customer(customer), "sk": records.fact_sk(fact)}


def _key(item: Mapping[str, Any]) -> dict[str, str]:
    return {"pk": item["pk"], "sk": item["sk"]}


def _content(fact: Fact, at: datetime | None = None) -> dict[str, Any]:
    return {"version": records.fact_version(fact, at), "fact": records.plain(fact)}
