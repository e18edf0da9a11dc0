"""All items about one customer in the ``commerce`` table, for export and erasure."""

from contextlib import suppress
from typing import Any

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.names import name_of
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.errors import Conflict
from chalicelib.domain.facts.inbound import MERGED_NAME


class CommerceStore:
    """A customer's facts, and the names that refer to the customer."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def items_of(self, customer: str) -> list[dict[str, Any]]:
        """Every item about a customer as it is stored, and the items of the names that refer to the customer."""
        stored = list(self._table.partition(keys.customer(customer)))
        known = list(self._table.partition(keys.names(customer)))
        names = [name_of(item["sk"]) for item in known]
        aliases = self._table.batch_get([keys.alias(*name) for name in names if name[0] != MERGED_NAME])
        return stored + known + aliases

    def erase(self, customer: str) -> None:
        """Remove all items about a customer: facts first, then the names that refer to the customer."""
        self._table.batch_delete([items.key_of(item) for item in self._table.partition(keys.customer(customer))])
        names = [items.key_of(item) for item in self._table.partition(keys.names(customer))]
        for key in names:
            with suppress(Conflict):
                self._table.delete_if(keys.alias(*name_of(key["sk"])), "customer = :customer", {":customer": customer})
        self._table.batch_delete(names)
