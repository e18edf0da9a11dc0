"""Converts DynamoDB's attribute values to plain Python and back: text, whole numbers, booleans, lists and maps.

Numbers are whole throughout Rekindle (money is in minor units), so no ``Decimal`` is made; nothing is stored as null.
"""

from collections.abc import Mapping
from typing import Any

Attribute = Mapping[str, Any]
Item = Mapping[str, Attribute]


def load(attribute: Attribute) -> Any:
    """The Python value of one attribute value; raises ``ValueError`` for a type that Rekindle never writes."""
    ((kind, value),) = attribute.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "N":
            return int(value)
        case "M":
            return {name: load(inner) for name, inner in value.items()}
        case "L":
            return [load(inner) for inner in value]
        case "NULL":
            return None
        case _:
            raise ValueError(f"unexpected attribute type {kind}")


def dump(value: Any) -> dict[str, Any]:
    """The attribute value of a Python value; raises ``ValueError`` for a type that Rekindle does not store."""
    match value:
        case str():
            return {"S": value}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case Mapping():
            return {"M": {name: dump(inner) for name, inner in value.items() if inner is not None}}
        case list() | tuple():
            return {"L": [dump(inner) for inner in value]}
        case _:
            raise ValueError(f"cannot store a {type(value).__name__}")


def load_item(item: Item) -> dict[str, Any]:
    """An item in plain Python."""
    return {name: value["S"] if "S" in value else load(value) for name, value in item.items()}  # most are text


def dump_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """A plain mapping as an item; entries that are None are left out."""
    return {
        name: {"S": value} if type(value) is str else dump(value) for name, value in item.items() if value is not None
    }
