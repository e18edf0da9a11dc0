"""``UpdateItem`` works on a copy of the stored item, which replaces it at the end: no stored item ever changes."""

from collections.abc import Callable
from copy import copy
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table

from infra.machine.engines.moto.plain_updates import are_planned, is_plain
from infra.machine.engines.moto.swaps import Patch, Swap

Update = Callable[..., Item]
Put = Callable[..., Item]


def _on_a_copy(update: Update) -> Update:
    def update_item(self: DynamoDBBackend, table_name: str, key: dict[str, Any], *args: Any, **kwargs: Any) -> Item:
        table = self.get_table(table_name)
        if (place := keys(table, key)) is None:
            return update(self, table_name, key, *args, **kwargs)
        hash_key, range_key = place
        old = table.items[hash_key].get(range_key)
        if old is not None:
            table.items[hash_key][range_key] = _working_copy(old, kwargs.get("update_expression"))
        table.__dict__["_creating"] = old is None
        try:
            new = update(self, table_name, key, *args, **kwargs)
        except BaseException:
            _restore(table, hash_key, range_key, old)
            raise
        finally:
            table.__dict__["_creating"] = False
        for name in ("_before", "_bytes"):
            new.__dict__.pop(name, None)
        return new

    return update_item


def keys(table: Table, attributes: dict[str, Any]) -> tuple[DynamoType, DynamoType] | None:
    """The hash and the range key; ``None`` for a table that has no range key, or when one is missing."""
    names = (table.hash_key_attr, table.range_key_attr)
    if not all(name in attributes for name in names):
        return None
    return DynamoType(attributes[table.hash_key_attr]), DynamoType(attributes[str(table.range_key_attr)])


def _working_copy(item: Item, expression: str | None) -> Item:
    """A copy to work on; a plain update replaces whole attributes, so there the values need no copy."""
    text = (expression or "").strip()
    is_shallow = bool(text) and are_planned() and is_plain(text)
    working: Item = copy(item) if is_shallow else item.__deepcopy__({})
    if is_shallow:
        working.attrs = LimitedSizeDict()
        dict.update(working.attrs, item.attrs)
    working.__dict__["_before"] = item
    return working


def _restore(table: Table, hash_key: DynamoType, range_key: DynamoType, old: Item | None) -> None:
    if old is None:
        table.items[hash_key].pop(range_key, None)
    else:
        table.items[hash_key][range_key] = old


def _unnoticed_while_creating(put: Put) -> Put:
    """moto's update first puts an item that has only its keys: streams must not show that, as they do not on AWS."""

    def put_item(self: Table, item_attrs: dict[str, Any], *args: Any, **kwargs: Any) -> Item:
        if not self.__dict__.get("_creating"):
            return put(self, item_attrs, *args, **kwargs)
        shard, self.stream_shard = self.stream_shard, None
        try:
            return put(self, item_attrs, *args, **kwargs)
        finally:
            self.stream_shard = shard

    return put_item


UPDATES = Patch(
    name="updates",
    purpose="An update that creates an item is one record of the stream, as on AWS, not two; a failed one leaves none.",
    swaps=(
        Swap(DynamoDBBackend, "update_item", _on_a_copy),
        Swap(Table, "put_item", _unnoticed_while_creating),
    ),
)
