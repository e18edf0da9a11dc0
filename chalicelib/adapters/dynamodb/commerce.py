"""All items about one customer in the ``commerce`` table, for export and erasure."""

from contextlib import suppress
from typing import Any

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.names import name_of
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.errors import Conflict
from chalicelib.domain.facts.inbound import MERGED_NAME


class CommerceStore:
    """A customer's whole partition, and the names that refer to it."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def items_of(self, customer: str) -> list[dict[str, Any]]:
        """Every item about a customer as it is stored, and the items of the names that refer to the customer."""
        stored = list(self._table.partition(keys.customer(customer)))
        names = [name_of(item["sk"]) for item in stored if item["sk"].startswith(keys.KNOWN)]
        return stored + self._table.batch_get([keys.alias(*name) for name in names if name[0] != MERGED_NAME])

    def erase(self, customer: str) -> None:
        """Remove all items about a customer: facts first, then the names that refer to the customer."""
        stored = [items.key_of(item) for item in self._table.partition(keys.customer(customer))]
        names = [key for key in stored if key["sk"].startswith(keys.KNOWN)]
        self._table.batch_delete([key for key in stored if key not in names])
        for key in names:
            with suppress(Conflict):
                self._table.delete_if(keys.alias(*name_of(key["sk"])), "customer = :customer", {":customer": customer})
        self._table.batch_delete(names)
