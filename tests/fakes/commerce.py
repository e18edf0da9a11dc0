"""A store of facts, names and coupons in memory; ``tests/contract`` holds it to what the real one does."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.bearers import MOST
from chalicelib.adapters.identity import Identity
from chalicelib.domain.channel import Channel
from chalicelib.domain.errors import Ambiguous
from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.customer import Customer, Merged
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.facts import Facts, facts_of
from chalicelib.domain.facts.inbound import Known, Name, Person, is_of
from chalicelib.domain.facts.launch import Launch
from chalicelib.domain.facts.order import Order
from chalicelib.domain.facts.versions import decides_at, is_partial
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.time import NEVER
from chalicelib.sources.registry import id_sources

SECRET = b"\x3c" * 32


@dataclass
class Coupon:
    """A code as it is remembered."""

    customer: str
    percent: int
    expires_at: datetime
    order_id: str | None = None


class FakeCommerce:
    """Facts, aliases and coupons."""

    def __init__(self) -> None:
        self.identity = Identity(SECRET)
        self.stored: dict[tuple[str, str], Fact] = {}
        self.versions: dict[tuple[str, str], str] = {}
        self.past: set[tuple[str, str]] = set()
        self.launched: dict[str, Launch] = {}
        self.aliases: dict[Name, Known] = {}
        self.links: dict[Name, set[Name]] = {}
        self.deliveries: dict[tuple[str, str], datetime] = {}
        self.coupons: dict[str, Coupon] = {}
        self.bearers: dict[str, dict[bool, list[str]]] = {}
        self.sharing: set[tuple[str, str, str]] = set()
        self.apart: set[frozenset[str]] = set()

    def known(self, names: Iterable[Name]) -> dict[Name, Known]:
        return {name: self.aliases[name] for name in names if name in self.aliases}

    def look_up(self, names: Iterable[Name], claim: Name | None) -> tuple[dict[Name, Known], dict[str, bool]]:
        mine = self.bearers.get(claim[1], {}) if claim else {}
        claiming = dict.fromkeys(mine.get(True, ()), True) | dict.fromkeys(mine.get(False, ()), False)
        return self.known([*names, *([claim] if claim else [])]), claiming

    def claiming(self, address_hash: str) -> tuple[str, ...]:
        known = self.bearers.get(address_hash, {})
        return (*known.get(True, ()), *known.get(False, ()))

    def add(
        self,
        address_hash: str,
        customer: str,
        others: Iterable[str],
        *,
        is_stranger: bool = False,
        dropping: Callable[[str, Iterable[str]], None] | None = None,
    ) -> None:
        claims = self.bearers.setdefault(address_hash, {})
        mine, strangers = claims.setdefault(is_stranger, []), claims.setdefault(True, [])
        met = claims.get(False, []) if is_stranger else self.claiming(address_hash)
        self.link(customer, {*others, *met} - {customer}, address_hash)
        if not is_stranger and customer in strangers:
            strangers.remove(customer)
        if customer not in mine:
            mine.append(customer)
        while len(mine) > MOST:
            dropped = mine.pop(0)
            if dropping:
                signed = self.bearers[address_hash].get(False, [])
                dropping(dropped, sorted({*others, *signed} - {dropped}))
            self.sharing -= {each for each in self.sharing if (each[0], each[2]) == (address_hash, dropped)}

    def link(
        self,
        customer: str,
        others: Iterable[str],
        address_hash: str,
        *,
        strangers: Iterable[str] = (),
        is_stranger: bool = False,
    ) -> None:
        for other in others:
            self.sharing |= {(address_hash, customer, other), (address_hash, other, customer)}

    def share(self, customer: str, address_hash: str) -> None:
        self.link(customer, {*self.claiming(address_hash)} - {customer}, address_hash)

    def remember(self, name: Name, known: Known) -> Known:
        return self.aliases.setdefault(name, known)

    def point(self, visit: Name, customer: str, at: datetime, *, again: bool = False) -> bool:
        if visit in self.aliases and (self.aliases[visit].since, self.aliases[visit].customer) >= (at, customer):
            return False
        self.aliases[visit] = Known(customer, at)
        return True

    def merge(self, customer: str, into: Known, at: datetime) -> None:
        self.put_once(customer, Merged(into.customer, into.since, at))

    def merged(self, customer: str) -> Known | None:
        fact = self.stored.get((customer, keys.MERGED))
        return Known(fact.into, fact.since) if isinstance(fact, Merged) else None

    def copy(self, customer: str, into: Known) -> list[tuple[str, str]]:
        self._move(customer, into.customer, lambda fact: not isinstance(fact, Merged))
        return []

    def leave(self, customer: str, into: Known, copied: Iterable[tuple[str, str]], until: datetime) -> None:
        return

    def forget(self, codes: Iterable[str]) -> None:
        for code in codes:
            self.revoke(code)

    def names_of(self, customer: str) -> list[Name]:
        return [name for name, known in self.aliases.items() if known.customer == customer]

    def are_apart(self, one: str, other: str) -> bool:
        return {one, other} in self.apart

    def merged_among(self, customers: Iterable[str]) -> frozenset[str]:
        return frozenset(customer for customer in customers if self.merged(customer))

    def find(self, text: str) -> str | None:
        people = [Person("", email=text), *(Person(source, id=text) for source in id_sources())]
        people += [
            Person(source, id=text.removeprefix(f"{source}:")) for source in id_sources() if f"{source}:" in text
        ]
        names = [name for person in people for name in self.identity.names(person).own]
        found = {self._last(self.aliases[name].customer) for name in names if name in self.aliases}
        if not found:
            claiming = set(map(self._last, self.claiming(self.identity.address_hash(text))))
            known = {each: self._own(each).customer.address(Channel.EMAIL) for each in claiming}
            found = {each for each, address in known.items() if address == text}
            found = found or {each for each, address in known.items() if address is None}
        if len(found) > 1:
            raise Ambiguous(text, sorted(found))
        found |= {self._last(customer) for customer, _ in self.stored if customer == text}
        return next(iter(found), None)

    def last(self, known: Known) -> Known:
        into = self.merged(known.customer)
        return self.last(into) if into else known

    def _last(self, customer: str) -> str:
        return self.last(Known(customer, NEVER)).customer

    def put(self, customer: str, fact: Fact, *, past: bool = False, by: Iterable[str] = ()) -> bool:
        item = _item(customer, fact)
        known = self.stored.get(item)
        if isinstance(fact, Customer):
            fact = replace(fact, key=customer)
        if is_partial(fact) or (known and is_partial(known)):
            joined = items.joined(known, fact) if known else fact
            self._keep(customer, joined)
            return joined != known
        if item in self.versions and self.versions[item] >= items.fact_content(fact)["version"]:
            return False
        self._keep(customer, fact)
        if past:
            self.past.add(item)
        return True

    def keep(self, visits: Iterable[Name], fact: Fact, until: datetime) -> bool:
        first, *others = visits
        for other in others:
            self.links.setdefault(other, set()).add(first)
        return self.put(keys.visitor(first[1]), fact)

    def take_over(self, visit: Name, customer: str, by: Iterable[str] = ()) -> None:
        self._move(keys.visitor(visit[1]), customer, lambda fact: True)
        for other in self.links.pop(visit, ()):
            self.take_over(other, customer)

    def updated_at(self, customer: str, visitor: str) -> datetime | None:
        mine = [fact for (whose, _), fact in self.stored.items() if whose == customer and is_of(fact, visitor)]
        return max((decides_at(fact) for fact in mine if isinstance(fact, Cart | Order)), default=None)

    def hand_over(self, customer: str, into: str, visitor: str) -> None:
        self._move(customer, into, lambda fact: is_of(fact, visitor))

    def _move(self, whose: str, customer: str, is_meant: Callable[[Fact], bool]) -> None:
        for (holder, sk), fact in list(self.stored.items()):
            if holder == whose and is_meant(fact):
                self.put(customer, fact)
                del self.stored[holder, sk], self.versions[holder, sk]

    def is_delivered(self, source: str, delivery_id: str) -> bool:
        return (source, delivery_id) in self.deliveries

    def record(self, source: str, delivery_id: str, until: datetime) -> None:
        self.deliveries[source, delivery_id] = until

    def put_once(self, customer: str, fact: Fact) -> bool:
        if _item(customer, fact) in self.versions:
            return False
        self._keep(customer, fact)
        return True

    def replace(self, customer: str, fact: Fact, over: Fact | None) -> bool:
        if self.stored.get(_item(customer, fact)) != over:
            return False
        self._keep(customer, fact)
        return True

    def glance(self, runs: Iterable[Enrollment]) -> dict[str, Facts]:
        seen = {}
        for run in runs:
            mine = [
                self.stored.get((run.customer, sk))
                for sk in ("CUSTOMER", keys.fact("cart", run.subject), keys.fact("order", run.subject))
            ]
            seen[run.customer] = facts_of(Customer(run.customer, NEVER), [fact for fact in mine if fact])
        return seen

    def snapshot(self, customer: str) -> Facts:
        return self.of(customer)

    def of(self, customer: str, known: Facts | None = None) -> Facts:
        if last := self.merged(customer):
            return self.of(last.customer)
        own = self._own(customer)
        address = own.customer.address(Channel.EMAIL)
        at = self.identity.address_hash(address) if address else None
        marks = [(whose, other) for address, whose, other in self.sharing if address == at]
        others = {self._last(other) for whose, other in marks if self._last(whose) == customer}
        bearers = {self._last(other) for _, whose, other in self.sharing if self._last(whose) == customer} - {customer}
        return replace(
            own, at_address=tuple(map(self._own, sorted(others - {customer}))), bearers=tuple(sorted(bearers))
        )

    def alone(self, customer: str) -> Facts:
        return self._own(self._last(customer))

    def _own(self, customer: str) -> Facts:
        mine = [fact for (whose, _), fact in sorted(self.stored.items()) if whose == customer]
        return facts_of(Customer(customer, NEVER), mine)

    def launches(self, ids: Iterable[str]) -> dict[str, Launch]:
        return {launch_id: self.launched[launch_id] for launch_id in ids if launch_id in self.launched}

    def issue(self, code: str, customer: str, percent: int, expires_at: datetime) -> None:
        known = self.coupons.get(code)
        if known is None or known.order_id is None:
            self.coupons[code] = Coupon(customer, percent, expires_at)

    def redeem(self, code: str, order_id: str) -> bool:
        coupon = self.coupons.get(code)
        if coupon is None or coupon.order_id not in (None, order_id):
            return False
        coupon.order_id = order_id
        return True

    def revoke(self, code: str) -> None:
        self.coupons.pop(code, None)

    def _keep(self, customer: str, fact: Fact) -> None:
        self.versions[_item(customer, fact)] = items.fact_content(fact)["version"]
        if isinstance(fact, Launch):
            self.launched[fact.id] = fact
        else:
            self.stored[customer, items.fact_sk(fact)] = fact


def _item(customer: str, fact: Fact) -> tuple[str, str]:
    return ("launch", fact.id) if isinstance(fact, Launch) else (customer, items.fact_sk(fact))
