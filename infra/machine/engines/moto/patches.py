"""moto's DynamoDB with the same answers, sooner: what it costs is narrowed to the items that a call touches.

moto sorts a whole table for each query, copies each result several times, and measures an item once for each of its
attributes. Here a query looks at its own partition, stored items are never changed in place (an update stores a new
one), so that neither results nor a transaction's backup need a deep copy, and an item is measured once.
``tests/machine/test_fast_moto.py`` holds that the answers are moto's own. The local machine applies it, and undoes it.
"""

import copy
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any, cast

from moto.core.utils import camelcase_to_underscores
from moto.dynamodb import models as moto_models
from moto.dynamodb import responses as moto_responses
from moto.dynamodb.exceptions import ItemSizeTooLarge
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models import table as moto_table
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table
from moto.dynamodb.models.utilities import dynamo_to_dict
from moto.dynamodb.parsing import expressions as moto_expressions
from moto.sqs import models as moto_sqs

from infra.machine.engines.moto.expressions import MOST_BYTES, Executor, LastCondition, made_once, validator
from infra.machine.engines.moto.partitions import Wanted, candidates, partitions
from infra.machine.engines.moto.stream_tap import StreamTap
from infra.machine.engines.moto.update import update_item
from infra.machine.engines.moto.wire import one_at_a_time, short_wire
from infra.scoped.changes import replaced


@contextmanager
def fast_moto(http: bool = False, elsewhere: Collection[str] = ()) -> Iterator[None]:
    """Inside, moto's DynamoDB is fast; clients must be made inside. ``http``: play HTTP all the same.

    ``elsewhere``: the services that are not moto's.
    """
    with ExitStack() as patches:
        for owner, name, fast in [*_PATCHES, *_expression_patches()]:
            patches.enter_context(replaced(owner, name, fast))
        patches.enter_context(one_at_a_time())
        if not http:
            patches.enter_context(short_wire(but=elsewhere))
        yield


class _Copying:
    """Stands where moto's modules have ``copy``: stored items are never changed in place, so they are not copied."""

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
    if table.stream_shard is not None:
        table.stream_shard.table = table
    return backup


_put_item, _delete_item, _query = Table.put_item, Table.delete_item, Table.query
_all_items, _sorted_items = Table.all_items, Table.sorted_items
_project, _transact = Item.project, DynamoDBBackend.transact_write_items


def _fast_put_item(self: Table, item_attrs: dict[str, Any], *args: Any, **kwargs: Any) -> Item:
    if self.__dict__.get("_creating"):
        return _created_by_update(self, item_attrs)
    ordered = partitions(self)
    key = DynamoType(item_attrs.get(self.hash_key_attr, {"NULL": True}))
    sort = DynamoType(item_attrs.get(self.range_key_attr or "", {"NULL": True}))
    old = self.items[key].get(sort) if self.range_key_attr and key in self.items else None
    new = _put_item(self, item_attrs, *args, **kwargs)
    if self.range_key_attr:
        ordered.replace(old, new)
    return new


def _created_by_update(table: Table, keys: dict[str, Any]) -> Item:
    """moto's update first puts an item of nothing but its keys: no stream and no index learns of that."""
    shard, table.stream_shard = table.stream_shard, None
    try:
        return _put_item(table, keys)
    finally:
        table.stream_shard = shard


def _fast_delete_item(self: Table, hash_key: DynamoType, range_key: DynamoType | None) -> Item | None:
    ordered = partitions(self)
    old = _delete_item(self, hash_key, range_key)
    if old is not None and self.range_key_attr:
        ordered.replace(old, None)
    return old


def _fast_query(
    self: Table,
    hash_key: DynamoType | None,
    range_comparison: str | None,
    range_objs: list[DynamoType],
    limit: int,
    exclusive_start_key: dict[str, Any],
    scan_index_forward: bool,
    projection_expressions: Any,
    index_name: str | None = None,
    *args: Any,
    **kwargs: Any,
) -> Any:
    start, forward = exclusive_start_key, scan_index_forward is not False
    filtered = bool(set(kwargs) - {"hash_key_conditions", "range_key_conditions"})
    wanted = Wanted(index_name, range_comparison, range_objs, limit, start, forward, filtered)
    self.__dict__["_candidates"] = None if hash_key is None else candidates(self, hash_key, wanted)
    asked = (range_comparison, range_objs, limit, start, scan_index_forward, projection_expressions, index_name)
    try:
        return _query(self, hash_key, *asked, *args, **kwargs)
    finally:
        del self.__dict__["_candidates"]


def _fast_all_items(self: Table) -> list[Item]:
    """A query's candidates; for a scan all items in moto's order, compared as text instead of as attribute values."""
    found: list[Item] | None = self.__dict__.get("_candidates")
    if found is not None:
        return found
    if self.range_key_attr is None or {self.hash_key_type, self.range_key_type} != {"S"}:
        return _all_items(self)
    items = [item for partition in self.items.values() for item in partition.values()]
    return sorted(items, key=lambda item: (item.hash_key.value, item.range_key.value if item.range_key else ""))


def _fast_sorted_items(self: Table, hash_names: list[str], range_names: list[str | None], items: list[Item]) -> Any:
    known = self.__dict__.get("_candidates") is not None
    return items if known else _sorted_items(self, hash_names, range_names, items)


def _new_item(self: Item, hash_key: DynamoType, range_key: DynamoType | None, attrs: dict[str, Any]) -> None:
    self.hash_key, self.range_key = hash_key, range_key
    self.attrs = LimitedSizeDict()
    for name, value in attrs.items():
        dict.__setitem__(self.attrs, name, DynamoType(value))
    if _size(self) > MOST_BYTES:
        raise ItemSizeTooLarge


def _size(self: Item) -> int:
    known: int | None = self.__dict__.get("_bytes")
    if known is None:
        known = sum(len(name.encode()) + value.size() for name, value in self.attrs.items())
        self.__dict__["_bytes"] = known
    return known


def _plain(value: Any) -> Any:
    """Stands for ``dynamo_to_dict``: moto's values as plain ones, told apart by their type at once."""
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if kind is DynamoType and value.type not in ("B", "BS"):
        return {value.type: _plain(value.value)}
    if kind is dict or kind is LimitedSizeDict:
        return {name: _plain(inner) for name, inner in value.items()}
    if kind is list:
        return [_plain(inner) for inner in value]
    return dynamo_to_dict(value)


def _with_only(item: Item, names: list[str]) -> Item:
    projected: Any = object.__new__(Item)
    projected.hash_key, projected.range_key = item.hash_key, item.range_key
    projected.attrs = LimitedSizeDict()
    for name in names:
        if name in item.attrs:
            dict.__setitem__(projected.attrs, name, item.attrs[name])
    return cast(Item, projected)


def _fast_project(self: Item, projection_expressions: list[list[str]]) -> Item:
    if all(len(path) == 1 and "[" not in path[0] for path in projection_expressions):
        return _with_only(self, [path[0] for path in projection_expressions])
    return _project(self, projection_expressions)


def _fast_transact(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    """moto puts back its copy of each table when a transaction fails: streams learn of the writes only after it won."""
    taps = [table.stream_shard for table in self.tables.values() if isinstance(table.stream_shard, StreamTap)]
    for tap in taps:
        tap.hold()
    won = False
    try:
        _transact(self, transact_items)
        won = True
    finally:
        for tap in taps:
            tap.release(won)


def _expression_patches() -> list[tuple[Any, str, Any]]:
    last = LastCondition()
    return [
        (moto_responses, "create_condition_expression_parser", last.parser),
        (moto_models, "create_condition_expression_parser", last.parser),
        (moto_models, "get_filter_expression", last.operation),
        (moto_table, "get_filter_expression", last.operation),
        (vars(moto_expressions)["UpdateExpressionParser"], "make", made_once),
        (moto_models, "UpdateExpressionValidator", validator),
        (moto_models, "UpdateExpressionExecutor", Executor),
    ]


_PATCHES: list[tuple[Any, str, Any]] = [
    (moto_sqs, "camelcase_to_underscores", cache(camelcase_to_underscores)),
    (moto_table, "copy", _Copying),
    (moto_models, "copy", _Copying),
    (moto_responses, "copy", _Copying),
    (moto_responses, "dynamo_to_dict", _plain),
    (Table, "put_item", _fast_put_item),
    (Table, "delete_item", _fast_delete_item),
    (Table, "query", _fast_query),
    (Table, "all_items", _fast_all_items),
    (Table, "sorted_items", _fast_sorted_items),
    (Item, "__init__", _new_item),
    (Item, "size", _size),
    (Item, "project", _fast_project),
    (DynamoDBBackend, "update_item", update_item),
    (DynamoDBBackend, "transact_write_items", _fast_transact),
]
