"""moto's items by partition, in order: of the table itself, and of each global index, updated with each write."""

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import SecondaryIndex, Table

Entry = tuple[Any, Any, Any, Item]
"""Index range key, table hash key, table range key (unlike any other's together), and the item."""


class Partitions:
    """The global indexes of one table as moto sorts them: by range key, then by the table's own keys."""

    def __init__(self, table: Table) -> None:
        self.indexes: dict[str, dict[DynamoType, list[Entry]]] = {}
        self._schemas = {index.name: index.schema_key_attrs for index in table.global_indexes}
        self._fill(table)

    def _fill(self, table: Table) -> None:
        self.indexes = {name: {} for name in self._schemas}
        for partition in table.items.values():
            for item in partition.values():
                self.replace(None, item)

    def replace(self, old: Item | None, new: Item | None) -> None:
        """Called when a write has replaced an item by another; ``None`` means no item."""
        for name, schema in self._schemas.items():
            if old is not None:
                self._remove(self.indexes[name], schema, old)
            if new is not None:
                self._insert(self.indexes[name], schema, new)

    def _insert(self, index: dict[DynamoType, list[Entry]], schema: list[str], item: Item) -> None:
        if (entry := _entry(schema, item)) is not None:
            insort(index.setdefault(item.attrs[schema[0]], []), entry)

    def _remove(self, index: dict[DynamoType, list[Entry]], schema: list[str], item: Item) -> None:
        if (entry := _entry(schema, item)) is None:
            return
        entries = index[item.attrs[schema[0]]]
        del entries[bisect_left(entries, entry[:3], key=_order)]
        if not entries:
            del index[item.attrs[schema[0]]]


def partitions(table: Table) -> Partitions:
    """The ``Partitions`` of a table that has a range key, made at the first call."""
    known: Partitions | None = table.__dict__.get("_partitions")
    if known is None:
        known = table.__dict__["_partitions"] = Partitions(table)
    return known


@dataclass(frozen=True)
class Search:
    """The arguments of moto's ``Table.query``; ``start`` is the exclusive start key."""

    index: str | None
    comparison: str | None
    values: list[DynamoType]
    limit: int | None
    start: dict[str, Any] | None
    forward: bool
    filtered: bool


def candidates(table: Table, hash_key: DynamoType, search: Search) -> list[Item] | None:
    """The items that a query can find, and one more, in order; ``None`` if moto must search itself."""
    if table.range_key_attr is None:
        return None
    if search.index is None:
        partition = table.items.get(hash_key, {})
        return [partition[key] for key in sorted(partition)]
    index = next((each for each in table.global_indexes if each.name == search.index), None)
    if index is None or not _is_ordered(index):
        return None
    entries = partitions(table).indexes[search.index].get(hash_key, [])
    low, high = _with_the_next(*_bounds(entries, search), len(entries), search.forward)
    if search.start is not None:
        place = _place(table, index, search.start)
        if search.forward:
            low = max(low, bisect_right(entries, place, key=_order))
        else:
            high = min(high, bisect_left(entries, place, key=_order))
    if search.limit is not None and not search.filtered:
        most = search.limit + 1
        low, high = (low, min(high, low + most)) if search.forward else (max(low, high - most), high)
    return [entry[3] for entry in entries[low:high]]


def _with_the_next(low: int, high: int, end: int, forward: bool) -> tuple[int, int]:
    """moto returns a last evaluated key if the limit is reached and any item follows, in the range or not."""
    return (low, min(high + 1, end)) if forward else (max(low - 1, 0), high)


def _bounds(entries: list[Entry], search: Search) -> tuple[int, int]:
    """The part of the partition in which the range condition is true; all of it if moto must evaluate the condition."""
    values = [value.cast_value for value in search.values]

    def before(value: Any) -> int:
        return bisect_left(entries, value, key=_range_key)

    def after(value: Any) -> int:
        return bisect_right(entries, value, key=_range_key)

    match search.comparison:
        case "<=":
            return 0, after(values[0])
        case "<":
            return 0, before(values[0])
        case ">=":
            return before(values[0]), len(entries)
        case ">":
            return after(values[0]), len(entries)
        case "=":
            return before(values[0]), after(values[0])
        case "BETWEEN":
            return before(values[0]), after(values[1])
        case _:
            return 0, len(entries)


def _place(table: Table, index: SecondaryIndex, start: dict[str, Any]) -> tuple[Any, Any, Any]:
    names = (index.schema_key_attrs[1], table.hash_key_attr, str(table.range_key_attr))
    first, second, third = (DynamoType(start[name]).cast_value for name in names)
    return first, second, third


def _range_key(entry: Entry) -> Any:
    return entry[0]


def _order(entry: Entry) -> tuple[Any, Any, Any]:
    return entry[:3]


def earliest(table: Table, index: str) -> str | None:
    """The lowest range key in a global index, over all its partitions; ``None`` if the index is empty."""
    known: Partitions | None = table.__dict__.get("_partitions")
    if known is not None:
        return min((entries[0][0] for entries in known.indexes[index].values()), default=None)
    schema = next(each.schema_key_attrs for each in table.global_indexes if each.name == index)
    items = (item for partition in table.items.values() for item in partition.values())
    return min((entry[0] for item in items if (entry := _entry(schema, item)) is not None), default=None)


def _is_ordered(index: SecondaryIndex) -> bool:
    return [key["KeyType"] for key in index.schema] == ["HASH", "RANGE"]


def _entry(schema: list[str], item: Item) -> Entry | None:
    """The item's entry in an index; ``None`` if it has none."""
    if len(schema) != 2 or not all(item.attrs.get(attribute) for attribute in schema):
        return None
    range_key = item.range_key.cast_value if item.range_key is not None else None
    return item.attrs[schema[1]].cast_value, item.hash_key.cast_value, range_key, item
