"""A query reads its own partition, which is kept in order, instead of sorting the whole table each time."""

from collections.abc import Callable
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

from infra.machine.engines.moto.partitions import Search, candidates, partitions
from infra.machine.engines.moto.swaps import Patch, Swap
from infra.machine.engines.moto.updates import keys

Call = Callable[..., Any]


def _ordered_put(put: Call) -> Call:
    def put_item(self: Table, item_attrs: dict[str, Any], *args: Any, **kwargs: Any) -> Item:
        place = None if self.__dict__.get("_creating") else keys(self, item_attrs)
        if place is None:
            new: Item = put(self, item_attrs, *args, **kwargs)
            return new
        ordered = partitions(self)
        hash_key, range_key = place
        old = self.items[hash_key].get(range_key) if hash_key in self.items else None
        new = put(self, item_attrs, *args, **kwargs)
        ordered.replace(old, new)
        return new

    return put_item


def _ordered_delete(delete: Call) -> Call:
    def delete_item(self: Table, hash_key: DynamoType, range_key: DynamoType | None) -> Item | None:
        ordered = partitions(self) if self.range_key_attr else None
        old: Item | None = delete(self, hash_key, range_key)
        if old is not None and ordered is not None:
            ordered.replace(old, None)
        return old

    return delete_item


def _ordered_update(update: Call) -> Call:
    def update_item(self: DynamoDBBackend, table_name: str, key: dict[str, Any], *args: Any, **kwargs: Any) -> Item:
        table = self.get_table(table_name)
        if (place := keys(table, key)) is None:
            new: Item = update(self, table_name, key, *args, **kwargs)
            return new
        ordered, old = partitions(table), table.items[place[0]].get(place[1])
        new = update(self, table_name, key, *args, **kwargs)
        ordered.replace(old, new)
        return new

    return update_item


def _query_of_candidates(query: Call) -> Call:
    """moto's own query, which finds only the items that can be in its answer, in order."""

    def query_table(
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
        search = Search(index_name, range_comparison, range_objs, limit, start, forward, filtered)
        self.__dict__["_candidates"] = None if hash_key is None else candidates(self, hash_key, search)
        given = (range_comparison, range_objs, limit, start, scan_index_forward, projection_expressions, index_name)
        try:
            return query(self, hash_key, *given, *args, **kwargs)
        finally:
            del self.__dict__["_candidates"]

    return query_table


def _items_of_interest(all_items: Call) -> Call:
    """A query's candidates; for a scan all items in moto's order, compared as text instead of as attribute values."""

    def items(self: Table) -> list[Item]:
        found: list[Item] | None = self.__dict__.get("_candidates")
        if found is not None:
            return found
        if self.range_key_attr is None or {self.hash_key_type, self.range_key_type} != {"S"}:
            return list(all_items(self))
        every = [item for partition in self.items.values() for item in partition.values()]
        return sorted(every, key=lambda item: (item.hash_key.value, item.range_key.value if item.range_key else ""))

    return items


def _sorted_once(sorted_items: Call) -> Call:
    def items_in_order(self: Table, hashes: list[str], ranges: list[str | None], items: list[Item]) -> Any:
        is_sorted = self.__dict__.get("_candidates") is not None
        return items if is_sorted else sorted_items(self, hashes, ranges, items)

    return items_in_order


ORDERED_ITEMS = Patch(
    name="ordered-items",
    purpose="A query reads its own partition, kept in order, instead of sorting the whole table.",
    swaps=(
        Swap(Table, "put_item", _ordered_put),
        Swap(Table, "delete_item", _ordered_delete),
        Swap(DynamoDBBackend, "update_item", _ordered_update),
        Swap(Table, "query", _query_of_candidates),
        Swap(Table, "all_items", _items_of_interest),
        Swap(Table, "sorted_items", _sorted_once),
    ),
    needs=frozenset({"updates"}),
)
