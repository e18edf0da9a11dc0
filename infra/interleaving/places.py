"""Which items a call to AWS looks at, and whether the order of two calls can make a difference."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Place(NamedTuple):
    """An item, a partition (no ``sk``), or a whole table (no ``pk``)."""

    table: str
    pk: str | None = None
    sk: str | None = None

    def touches(self, other: "Place") -> bool:
        """Whether an item can be in both."""
        pairs = zip(self, other, strict=True)
        return all(one == another or None in (one, another) for one, another in pairs)


def reads(operation: str, parameters: Mapping[str, Any]) -> Iterator[Place]:
    """What a call reads, a condition on the item that it writes not counted."""
    match operation:
        case "GetItem":
            yield _place(parameters["TableName"], parameters["Key"])
        case "BatchGetItem":
            for table, wanted in parameters["RequestItems"].items():
                yield from (_place(table, key) for key in wanted["Keys"])
        case "Query" if "IndexName" not in parameters:
            yield Place(parameters["TableName"], parameters["ExpressionAttributeValues"][":pk"]["S"])
        case "Query" | "Scan":
            yield Place(parameters["TableName"])
        case _:
            return


def about(operation: str, parameters: Mapping[str, Any]) -> str:
    """The items that a call is about, in a few words; opaque keys are cut."""
    match parameters:
        case {"Key": key} | {"Item": key}:
            return _named(key)
        case {"RequestItems": tables}:
            return ", ".join(dict.fromkeys(_named(key) for of in tables.values() for key in _keys(of)))
        case {"KeyConditionExpression": _, "ExpressionAttributeValues": values}:
            return " ".join(_short(each["S"]) for each in values.values() if "S" in each)
        case {"TransactItems": actions}:
            return ", ".join(_named(inner.get("Key") or inner["Item"]) for each in actions for inner in each.values())
        case _:
            return ""


def _keys(several: Any) -> Iterator[Mapping[str, Any]]:
    """The keys in one table's part of a batch, of reads or of writes."""
    if not isinstance(several, list):
        yield from several["Keys"]
        return
    for request in several:
        yield request["PutRequest"]["Item"] if "PutRequest" in request else request["DeleteRequest"]["Key"]


def _place(table: str, key: Mapping[str, Any]) -> Place:
    return Place(table, key["pk"]["S"], key["sk"]["S"])


def _named(key: Mapping[str, Any]) -> str:
    return f"{_short(key['pk']['S'])}/{key['sk']['S'][:40]}"


def _short(pk: str) -> str:
    kind, mark, rest = pk.partition("#")
    return f"{kind}{mark}{rest[:6]}"
