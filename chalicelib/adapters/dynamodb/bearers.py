"""Who bears an address, in the ``commerce`` table: customers who claim it, beside the one whose alias it is.

A claim leads to nobody. It only makes each of them look at the others' facts before a message goes there: an order, a
refusal or a message of one counts for all (``COBEARER#`` in each one's partition, by address).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.table import Table, is_own
from chalicelib.domain.errors import Conflict
from chalicelib.domain.facts.inbound import BEARER_NAME

IS_SAME = "attribute_not_exists(pk) OR (customers = :customers AND strangers = :strangers)"
MOST = 20
"""So many customers may claim one address, and as many strangers, of whom anybody may say so; the latest count."""
IS_STRANGER = "is_stranger"
"""The attribute of the mark of a customer who may be anybody."""
TURNS = 8


class BearerStore:
    """Bearers of addresses in DynamoDB. A stranger is a customer of a source whose words anybody could have said."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def claiming(self, address_hash: str) -> tuple[str, ...]:
        """The customers who claim this address, strangers first, the latest last."""
        return tuple(customers_in(self._table.get(keys.alias(BEARER_NAME, address_hash))))

    def add(
        self,
        address_hash: str,
        customer: str,
        others: Iterable[str],
        *,
        is_stranger: bool = False,
        dropping: Callable[[str, Iterable[str]], None] | None = None,
    ) -> None:
        """Record that a customer claims this address; ``others``: who has it, or claims it, as was read before.

        Whoever gets the address as their own at the same moment finds this claim, or is found here. ``dropping`` is
        called with each customer whose claim is too old to count now, and the others there who are no strangers.

        Strangers do not look at each other: what anybody can say gives no address to write to.
        """
        linked: set[str] = set()
        self._table.put(keys.known_by(customer, BEARER_NAME, address_hash))  # first, so that an erasure misses no name
        key, wanted = keys.alias(BEARER_NAME, address_hash), set(others)
        for _ in range(TURNS):
            stored = self._table.get(key)
            customers, strangers = _lists(stored)
            new = {*wanted, *customers, *(() if is_stranger else strangers)} - linked - {customer}
            self.link(customer, new, address_hash, strangers=strangers, is_stranger=is_stranger)
            linked |= new
            if customer in customers or (is_stranger and customer in strangers):
                return
            strangers = [each for each in strangers if each != customer]  # a stranger before, whom somebody knows now
            mine = strangers if is_stranger else customers
            mine.append(customer)
            dropped, mine[:] = mine[:-MOST], mine[-MOST:]
            if self._replace(key, stored, customers, strangers):
                for each in dropped:  # they still look at the others: they may be written to there
                    if dropping:
                        dropping(each, sorted({*wanted, *customers} - {*strangers, each}))
                    for other in sorted({*wanted, *customers, *(() if is_stranger else strangers)}):
                        self._table.delete(keys.shares(other, address_hash, each))
                    self._table.delete(keys.known_by(each, BEARER_NAME, address_hash))
                return
        raise Conflict("an address that more and more customers claim")

    def link(
        self,
        customer: str,
        others: Iterable[str],
        address_hash: str,
        *,
        strangers: Iterable[str] = (),
        is_stranger: bool = False,
    ) -> None:
        """Let each of the others and this customer look at each other's facts for messages to this address."""
        unknown = frozenset(strangers)
        for other in sorted(others):
            self._table.put({**keys.shares(customer, address_hash, other), **_mark(other in unknown)})
            self._table.put({**keys.shares(other, address_hash, customer), **_mark(is_stranger)})

    def share(self, customer: str, address_hash: str) -> None:
        """The customer has this address now: let those who claim it and this customer look at each other's facts."""
        linked = {customer}
        for _ in range(TURNS):
            stored = self._table.get(keys.alias(BEARER_NAME, address_hash))
            if not (others := set(customers_in(stored)) - linked):
                return
            self.link(customer, others, address_hash, strangers=_strangers(stored))
            linked |= others  # one of them may be merged into another one at the same moment, and replaced by that one
        raise Conflict("an address that more and more customers claim")

    def replace(self, address_hash: str, customer: str, into: str) -> None:
        """A customer who claims this address was merged into another one, who claims it now."""
        key = keys.alias(BEARER_NAME, address_hash)
        for _ in range(TURNS):
            stored = self._table.get(key)
            left = [list(dict.fromkeys(into if each == customer else each for each in some)) for some in _lists(stored)]
            if into in left[0]:  # who is known is no stranger
                left[1] = [each for each in left[1] if each != into]
            if customer not in customers_in(stored) or self._replace(key, stored, *left):
                return
        raise Conflict("an address that more and more customers claim")

    def remove(self, address_hash: str, customer: str) -> None:
        """Forget that a customer claims this address."""
        key = keys.alias(BEARER_NAME, address_hash)
        for _ in range(TURNS):
            stored = self._table.get(key)
            left = [[each for each in some if each != customer] for some in _lists(stored)]
            if customer not in customers_in(stored) or self._replace(key, stored, *left):
                return
        raise Conflict("an address that more and more customers claim")

    def unlink(self, customer: str, others: Iterable[str], address_hash: str) -> None:
        """Let none of them look at this customer's facts any more, nor this one at theirs, for this address."""
        for other in sorted(others):
            self._table.delete(keys.shares(other, address_hash, customer))
            self._table.delete(keys.shares(customer, address_hash, other))

    def _replace(
        self, key: dict[str, str], stored: Mapping[str, Any] | None, customers: list[str], strangers: list[str]
    ) -> bool:
        """Store the customers over those that were read; False if there are others by now."""
        item = {**key, "customers": customers, "strangers": strangers}
        over = dict(zip((":customers", ":strangers"), _lists(stored), strict=True))
        try:
            self._table.put(item, IS_SAME, over)
        except Conflict as conflict:
            return is_own(conflict, item)
        return True


def customers_in(item: Mapping[str, Any] | None) -> dict[str, bool]:
    """The customers in an item of an address, and whether each is a stranger: strangers first, the latest last."""
    customers, strangers = _lists(item)
    return dict.fromkeys(strangers, True) | dict.fromkeys(customers, False)


def _lists(item: Mapping[str, Any] | None) -> tuple[list[str], list[str]]:
    found = item or {}
    return list(found.get("customers", ())), list(found.get("strangers", ()))


def _strangers(item: Mapping[str, Any] | None) -> list[str]:
    return _lists(item)[1]


def _mark(is_stranger: bool) -> dict[str, bool]:
    return {IS_STRANGER: True} if is_stranger else {}
