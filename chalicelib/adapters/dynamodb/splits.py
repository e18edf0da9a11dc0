"""Customers who were split: the marks that keep them apart, and what moves from one to the other, by who told it."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.bearers import IS_STRANGER, BearerStore
from chalicelib.adapters.dynamodb.facts import IS_SAME, IS_UNCHANGED, FactStore
from chalicelib.adapters.dynamodb.items import SPLIT_OFF
from chalicelib.adapters.dynamodb.names import NameStore, release
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.adapters.dynamodb.tellers import MANY, TELLER, tellers_in
from chalicelib.adapters.identity import Identity
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.facts.answer import Answer
from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.customer import Customer, Erasure
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.facts import Facts, facts_of
from chalicelib.domain.facts.inbound import EMAIL_NAME, FORMER_NAME, VISIT_NAME, Name, order_name
from chalicelib.domain.facts.order import Cancellation, Order, Refund
from chalicelib.domain.facts.splitting import Division, Parted, Whose
from chalicelib.domain.time import from_text, to_text

IS_OPEN = "is_open"
"""The attribute of the mark of a split that is not complete."""
Held = tuple[dict[str, Any], Fact]


class SplitStore:
    """Splits customers; every step may be repeated."""

    def __init__(
        self, table: Table, facts: FactStore, names: NameStore, bearers: BearerStore, identity: Identity
    ) -> None:
        self._table = table
        self._facts = facts
        self._names = names
        self._bearers = bearers
        self._identity = identity

    def divisions(self, customer: str) -> list[tuple[Division, bool]]:
        """The splits of this customer, and those by which it came to be, each with whether it is not complete."""
        found = []
        for mark in list(self._table.partition(keys.customer(customer), keys.APART)):
            other = mark["sk"].removeprefix(keys.APART)
            theirs = self._table.get(keys.apart(other, customer)) or {}
            if SPLIT_OFF in mark:
                found.append((_division(customer, other, mark), IS_OPEN in mark))
            elif SPLIT_OFF in theirs:
                found.append((_division(other, customer, theirs), IS_OPEN in theirs))
        return found

    def begin(self, division: Division) -> None:
        """Mark both customers: no name joins them from now on. Raises ``Unavailable`` while one is being merged.

        The other customer is apart from all from whom this one is.
        """
        if any(map(items.is_merging, self._table.partition(keys.customer(division.customer), keys.ABSORBS))):
            raise Unavailable("a customer who is being merged")
        for mark in list(self._table.partition(keys.customer(division.customer), keys.APART)):
            third = mark["sk"].removeprefix(keys.APART)
            if third != division.other:
                self._table.put({**keys.apart(division.other, third), "at": mark["at"]})
                self._table.put({**keys.apart(third, division.other), "at": mark["at"]})
        at = {"at": to_text(division.at)}
        names = " ".join(f"{kind}#{digest}" for kind, digest in division.names)
        self._table.put({**keys.apart(division.customer, division.other), **at, SPLIT_OFF: names, IS_OPEN: True})
        self._table.put({**keys.apart(division.other, division.customer), **at})

    def take_names(self, division: Division) -> None:
        """Let the names lead to the other customer."""
        self._names.redirect(division.customer, division.known, division.names)

    def share(self, division: Division) -> None:
        """Let the other customer look at whom this one looks at before a message: they may be written to there, too."""
        for item in list(self._table.partition(keys.customer(division.customer), keys.COBEARERS)):
            address_hash, bearer = keys.shared(item["sk"])
            strangers = {bearer} if IS_STRANGER in item else ()
            self._bearers.link(division.other, {bearer} - {division.other}, address_hash, strangers=strangers)

    def parted(self, customer: str, names: Iterable[Name]) -> Parted:
        """What is whose, if these names of the customer are another person's."""
        theirs = _tellers(names)
        held = self._held(customer)
        profile = next((item for item, fact in held if isinstance(fact, Customer)), None)
        moving = [fact for _, fact in _moving(held, theirs)]
        return Parted(
            profile=_whose(profile, theirs) if profile else None,
            carts=sum(isinstance(fact, Cart) for fact in moving),
            orders=sum(isinstance(fact, Order) for fact in moving),
        )

    def move(self, division: Division, refuse: Callable[[Facts], None]) -> None:
        """Move what was told by the other customer's names; what was told of both of the profile is nobody's.

        ``refuse`` gets the facts before anything is removed. An order whose survey was answered begins nothing again.
        """
        theirs = _tellers(division.names)
        held = self._held(division.customer)
        if any(isinstance(fact, Erasure) for _, fact in held):
            raise Unavailable("a customer who is being erased")
        refuse(facts_of(Customer(division.customer, division.at), (fact for _, fact in held)))
        moving = _moving(held, theirs)
        visits = self._visits(fact for _, fact in moving)
        self._names.redirect(division.customer, division.known, visits)
        self._table.batch_delete([keys.known_by(division.customer, *name) for name in visits])
        answered = {fact.order_id for _, fact in moving if isinstance(fact, Answer)}
        for item, fact in moving:
            past = "past" in item or (isinstance(fact, Order) and fact.id in answered)
            self._facts.put(division.other, fact, past=past, by=tellers_in(item))
            self._delete(item)
        for item, fact in held:
            if isinstance(fact, Customer) and (whose := _whose(item, theirs)) is not Whose.OURS:
                if whose is Whose.THEIRS:
                    self._facts.put(division.other, fact, past="past" in item, by=tellers_in(item))
                self._delete(item)
        self._forget_browsers(division.customer)

    def _forget_browsers(self, customer: str) -> None:
        """Let no browser lead to the customer any more until somebody is known there again: it may be the other's."""
        staying = set(self._visits(fact for _, fact in self._held(customer)))
        names = [name for name in self._names.names_of(customer) if name[0] == VISIT_NAME and name not in staying]
        release(self._table, customer, names)
        self._table.batch_delete([keys.known_by(customer, *name) for name in names])

    def claim(self, customer: str) -> None:
        """See to it that the address of a customer's profile that is another's by now is one that they claim."""
        item = self._table.get({"pk": keys.customer(customer), "sk": keys.PROFILE})
        profile = items.fact_of(item) if item else None
        if item is None or not isinstance(profile, Customer):
            return
        owner = self._owner(profile.email)
        if owner and owner != customer:
            profile = profile.with_claimed_address()
            self._table.put({**item, **items.fact_content(profile)}, IS_SAME, {":version": item["version"]})
        if profile.claimed_email:
            owner = self._owner(profile.claimed_email)
            others = [owner] if owner and owner != customer else []
            self._bearers.add(self._identity.address_hash(profile.claimed_email), customer, others)

    def finish(self, division: Division) -> None:
        """Forget that these were names of the customer, and end the split."""
        ids = [(FORMER_NAME, digest) for _, digest in division.names]
        release(self._table, division.customer, ids)
        self._table.batch_delete([keys.known_by(division.customer, *name) for name in (*division.names, *ids)])
        if mark := self._table.get(keys.apart(division.customer, division.other)):
            self._table.put({name: value for name, value in mark.items() if name != IS_OPEN})

    def reunite(self, one: str, other: str) -> None:
        """Forget that two customers were split: the next proof joins them."""
        self._table.delete(keys.apart(one, other))
        self._table.delete(keys.apart(other, one))

    def _held(self, customer: str) -> list[Held]:
        stored = self._table.partition(keys.customer(customer))
        return [(item, fact) for item in stored if (fact := items.fact_of(item))]

    def _visits(self, facts: Iterable[Fact]) -> list[Name]:
        """The names of carts and orders, whichever system they are of."""
        visitors = [_visitor_of(fact) for fact in facts if isinstance(fact, Cart | Order)]
        return self._names.visits(visitors)

    def _owner(self, address: str | None) -> str | None:
        if address is None:
            return None
        name = (EMAIL_NAME, self._identity.address_hash(address))
        known = self._names.known([name]).get(name)
        return self._names.last(known).customer if known else None

    def _delete(self, item: dict[str, Any]) -> None:
        self._table.delete_if(items.key_of(item), IS_UNCHANGED, {":version": item["version"]})


def stay_apart(table: Table, customer: str, into: str, *, is_last: bool = False) -> None:
    """Keep whoever was split from a customer apart from the one that customer is merged into, too.

    ``is_last``: the merge is recorded, and the customer's own marks go. Raises ``Unavailable`` while one of the two is
    being split: the split would not find what moves.
    """
    marks = {each: list(table.partition(keys.customer(each), keys.APART)) for each in (customer, into)}
    pairs = [(mark["sk"].removeprefix(keys.APART), each) for each, found in marks.items() for mark in found]
    theirs = {pair: table.get(keys.apart(*pair)) or {} for pair in pairs}
    if any(IS_OPEN in mark for mark in (*marks[customer], *marks[into], *theirs.values())):
        raise Unavailable("a customer who is being split")
    for mark in marks[customer]:
        other = mark["sk"].removeprefix(keys.APART)
        table.put({**theirs[other, customer], "at": mark["at"], **keys.apart(other, into)})
        table.put({**mark, **keys.apart(into, other)})
        if is_last:
            table.delete(keys.apart(other, customer))
            table.delete(keys.apart(customer, other))


def _division(customer: str, other: str, mark: dict[str, Any]) -> Division:
    names = [tuple(each.split("#", 1)) for each in mark[SPLIT_OFF].split()]
    return Division(customer, other, from_text(mark["at"]), tuple((kind, digest) for kind, digest in names))


def _tellers(names: Iterable[Name]) -> frozenset[str]:
    return frozenset(digest[:TELLER] for _, digest in names)


def _whose(item: dict[str, Any], theirs: Collection[str]) -> Whose:
    """Whose an item is, if these tellers are the other customer's; what nobody is known to have told stays."""
    tellers = tellers_in(item)
    if tellers and tellers <= frozenset(theirs):
        return Whose.THEIRS
    return Whose.BOTH if tellers & {*theirs, MANY} else Whose.OURS


def _moving(held: Iterable[Held], theirs: Collection[str]) -> list[Held]:
    """What moves: carts and orders that were last told by the other customer, with all that is known of an order.

    Orders come last: as long as one is here, what belongs to it is found.
    """
    everything = list(held)
    things = [each for each in everything if isinstance(each[1], Cart | Order) and _is_theirs(each[0], theirs)]
    orders = {fact.id for _, fact in things if isinstance(fact, Order)}
    return [each for each in everything if _order_of(each[1]) in orders] + things


def _order_of(fact: Fact) -> str | None:
    """The order that a fact is about that is not that order itself."""
    return fact.order_id if isinstance(fact, Refund | Cancellation | Answer) else None


def _is_theirs(item: dict[str, Any], theirs: Collection[str]) -> bool:
    return _whose(item, theirs) is Whose.THEIRS


def _visitor_of(thing: Cart | Order) -> str:
    return order_name(thing.id) if isinstance(thing, Order) else thing.id
