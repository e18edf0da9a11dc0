"""An item is measured once: moto measures it again for each of its attributes."""

from typing import Any

from moto.dynamodb.exceptions import ItemSizeTooLarge
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict

from infra.machine.engines.moto.plain_updates import MOST_BYTES
from infra.machine.engines.moto.swaps import Patch, Swap, instead


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


ITEM_SIZE = Patch(
    name="item-size",
    purpose="An item is measured once, not once for each of its attributes.",
    swaps=(Swap(Item, "__init__", instead(_new_item)), Swap(Item, "size", instead(_size))),
    needs=frozenset({"updates"}),
)
