"""What DynamoDB bills for one call: read units (4 KB) and write units (1 KB); writes to indexes are separate.

Sizes are counted as in DynamoDB's developer guide ("DynamoDB item sizes and formats"): names and text in UTF-8,
a number in about half its digits, a map or list with three bytes and one for each entry.
"""

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any

READ_UNIT, WRITE_UNIT = 4096, 1024

Attributes = Mapping[str, Mapping[str, Any]]
"""An item in the form of DynamoDB's API: name → {type: value}."""


def item_size(item: Attributes) -> int:
    """The bytes of a whole item, including its attributes' names."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return (len(content.strip("-").replace(".", "")) + 1) // 2 + 1
        case "M":
            return 3 + len(content) + item_size(content)
        case "L":
            return 3 + len(content) + sum(map(_size, content))
        case "BOOL" | "NULL":
            return 1
        case _:
            raise ValueError(f"no size is known for an attribute of type {kind}")


def read_units(sizes: Iterable[int], *, consistent: bool, together: bool) -> float:
    """Read units for items of these sizes; ``together``: for a query, which adds the sizes before rounding.

    A read that finds nothing costs as much as one of a small item: pass a size of 0 for it.
    """
    sizes = list(sizes)
    blocks = _units(sum(sizes), READ_UNIT) if together else sum(_units(size, READ_UNIT) for size in sizes)
    return blocks if consistent else blocks / 2


def write_units(old: Attributes | None, new: Attributes | None) -> int:
    """Write units of the table: for the larger of the item before and after. A failed condition costs the same."""
    return max(_units(item_size(item or {}), WRITE_UNIT) for item in (old, new))


def index_write_units(old: Attributes | None, new: Attributes | None, key: tuple[str, ...]) -> int:
    """Write units of an index with keys only: one to add or remove an entry, two to move it."""
    before, after = _entry(old, key), _entry(new, key)
    return 0 if before == after else (before is not None) + (after is not None)


def _entry(item: Attributes | None, key: tuple[str, ...]) -> tuple[Any, ...] | None:
    return tuple(item[name] for name in key) if item and all(name in item for name in key) else None


def _units(size: int, unit: int) -> int:
    return max(1, ceil(size / unit))
