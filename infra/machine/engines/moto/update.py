"""``UpdateItem`` on moto without changing the stored item in place: the update works on a copy, then stored."""

from copy import copy
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table

from infra.machine.engines.moto.expressions import is_plain
from infra.machine.engines.moto.partitions import partitions

_update_item = DynamoDBBackend.update_item


def update_item(self: DynamoDBBackend, table_name: str, key: dict[str, Any], *args: Any, **kwargs: Any) -> Item:
    """moto's own update, on a copy. An update that makes an item shows in the stream once, as on AWS, not twice."""
    table = self.get_table(table_name)
    names = (table.hash_key_attr, table.range_key_attr)
    if not all(name in key for name in names):
        return _update_item(self, table_name, key, *args, **kwargs)
    ordered = partitions(table)
    hash_key, range_key = (DynamoType(key[str(name)]) for name in names)
    old = table.items[hash_key].get(range_key)
    text = str(kwargs.get("update_expression") or "").strip()
    working = None if old is None else _working_copy(old, shallow=bool(text) and is_plain(text))
    if working is not None:
        table.items[hash_key][range_key] = working
    table.__dict__["_creating"] = old is None
    try:
        new = _update_item(self, table_name, key, *args, **kwargs)
    except BaseException:
        _put_back(table, hash_key, range_key, old)
        raise
    finally:
        table.__dict__["_creating"] = False
    for name in ("_before", "_bytes"):
        new.__dict__.pop(name, None)
    ordered.replace(old, new)
    return new


def _working_copy(item: Item, shallow: bool) -> Item:
    """A copy to work on; a plain update replaces whole attributes, so there the values need no copy."""
    working: Item = copy(item) if shallow else item.__deepcopy__({})
    if shallow:
        working.attrs = LimitedSizeDict()
        dict.update(working.attrs, item.attrs)
    working.__dict__["_before"] = item
    return working


def _put_back(table: Table, hash_key: DynamoType, range_key: DynamoType, old: Item | None) -> None:
    if old is None:
        table.items[hash_key].pop(range_key, None)
    else:
        table.items[hash_key][range_key] = old
