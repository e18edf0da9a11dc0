"""All items about one customer in the ``commerce`` table, for export and erasure."""

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.bearers import BearerStore
from chalicelib.adapters.dynamodb.names import aliases, name_of, release
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.facts.inbound import BEARER_NAME


class CommerceStore:
    """A customer's facts, and the names that refer to the customer."""

    def __init__(self, table: Table, bearers: BearerStore) -> None:
        self._table = table
        self._bearers = bearers

    def items_of(self, customer: str) -> list[dict[str, Any]]:
        """Every item about a customer as it is stored, and the items of the names that refer to the customer.

        Who else bears their address, or was split off from them, is not about them.
        """
        own = self._table.partition(keys.customer(customer))
        stored = [item for item in own if not item["sk"].startswith((keys.COBEARERS, keys.APART))]
        known = list(self._table.partition(keys.names(customer)))
        return stored + known + aliases(self._table, map(name_of, _sks(known)))

    def erase(self, customer: str) -> None:
        """Remove all items about a customer: facts first, then the names that refer to the customer."""
        own = list(self._table.partition(keys.customer(customer)))
        for address_hash, other in [keys.shared(sk) for sk in _sks(own) if sk.startswith(keys.COBEARERS)]:
            self._bearers.unlink(customer, [other], address_hash)
        apart = [sk.removeprefix(keys.APART) for sk in _sks(own) if sk.startswith(keys.APART)]
        self._table.batch_delete([keys.apart(other, customer) for other in apart])
        self._table.batch_delete(list(map(items.key_of, own)))
        stored = list(self._table.partition(keys.names(customer)))
        names = list(map(name_of, _sks(stored)))
        for kind, digest in names:
            if kind == BEARER_NAME:
                self._bearers.remove(digest, customer)
        release(self._table, customer, names)
        self._table.batch_delete(list(map(items.key_of, stored)))


def _sks(stored: Iterable[Mapping[str, Any]]) -> list[str]:
    return [item["sk"] for item in stored]
