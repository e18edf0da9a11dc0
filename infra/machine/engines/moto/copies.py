"""No deep copies: results and the backup of a transaction share stored items, which are never changed in place."""

import copy
from typing import Any

from moto.dynamodb import models, responses
from moto.dynamodb.models import table as table_module
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table

from infra.machine.engines.moto.swaps import Patch, Swap, instead


class _SharingCopy:
    """Replaces the module ``copy`` in moto's modules."""

    copy = staticmethod(copy.copy)

    @staticmethod
    def deepcopy(value: Any) -> Any:
        if isinstance(value, Item):
            return value.__dict__.get("_before", value)
        if isinstance(value, list) and value and isinstance(value[0], Item):
            return list(value)
        return _backup(value) if isinstance(value, Table) else copy.deepcopy(value)


def _backup(table: Table) -> Table:
    backup = copy.copy(table)
    backup.__dict__.pop("_partitions", None)
    backup.items = type(table.items)(table.items.default_factory)
    backup.items.update({key: dict(partition) for key, partition in table.items.items()})
    return backup


COPIES = Patch(
    name="copies",
    purpose="Results, and the backup that a transaction may roll back to, share the stored items.",
    swaps=tuple(Swap(owner, "copy", instead(_SharingCopy)) for owner in (table_module, models, responses)),
    needs=frozenset({"updates"}),
)
