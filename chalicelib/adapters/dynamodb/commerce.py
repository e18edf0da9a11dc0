"""All items about one customer in the ``commerce`` table, for export and erasure."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.bearers import BearerStore
from chalicelib.adapters.dynamodb.names import LEADING_NOWHERE, name_of
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.errors import Conflict
from chalicelib.domain.facts.inbound import BEARER_NAME


class CommerceStore:
    """A customer's facts, and the names that refer to the customer."""

    def __init__(self, table: Table, bearers: BearerStore) -> None:
        self._table = table
        self._bearers = bearers

    def items_of(self, customer: str) -> list[dict[str, Any]]:
        """Every item about a customer as it is stored, and the items of the names that refer to the customer.

        Who else bears their address is not about them.
        """
        own = self._table.partition(keys.customer(customer))
        stored = [item for item in own if not item["sk"].startswith(keys.SHARES)]
        known = list(self._table.partition(keys.names(customer)))
        names = [name_of(item["sk"]) for item in known]
        aliases = self._table.batch_get([keys.alias(*name) for name in names if name[0] not in LEADING_NOWHERE])
        return stored + known + aliases

    def erase(self, customer: str) -> None:
        """Remove all items about a customer: facts first, then the names that refer to the customer."""
        own = list(self._table.partition(keys.customer(customer)))
        for address_hash, other in [keys.shared(sk) for sk in _sks(own) if sk.startswith(keys.SHARES)]:
            self._bearers.unlink(customer, [other], address_hash)
        self._table.batch_delete(list(map(items.key_of, own)))
        names = list(self._table.partition(keys.names(customer)))
        for kind, digest in map(name_of, _sks(names)):
            if kind == BEARER_NAME:
                self._bearers.remove(digest, customer)
                continue
            with suppress(Conflict):
                self._table.delete_if(keys.alias(kind, digest), "customer = :customer", {":customer": customer})
        self._table.batch_delete(list(map(items.key_of, names)))


def _sks(stored: Iterable[Mapping[str, Any]]) -> list[str]:
    return [item["sk"] for item in stored]
