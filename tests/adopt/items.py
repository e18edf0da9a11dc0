"""Items of the tea shop's tables, as the example's mapping wants them."""

from typing import Any

import msgspec

from chalicelib.sources.own_tables.mapping import OwnTable
from tests.adopt.given import example

CUSTOMERS, SALES = example()
ANN = {
    "id": "ann",
    "changed": 1_772_440_000,
    "contact": {"email": "ann@example.com", "name": "Ann"},
    "zone": "Asia/Seoul",
    "newsletter": {"wanted": True, "since": 1_772_430_000},
}
LINE = {"sku": "green-tea", "title": "Green tea", "pieces": 2, "price": "12.50"}
CART = {"owner": "ann", "sk": "CART#17", "touched": "2026-03-02 18:40:00", "sum": "25.00", "items": [LINE]}
ORDER = {
    "owner": "ann",
    "sk": "ORDER#A#7",
    "placed": "2026-03-02T09:45:00Z",
    "sum": 25,
    "items": [{"sku": "green-tea"}],
}


def sales(**changes: Any) -> OwnTable:
    """The table of carts and orders, mapped a little differently."""
    return msgspec.structs.replace(SALES, **changes)


BY_KIND = msgspec.structs.replace(SALES.facts[0], when="starts_with(kind, 'c')")
"""A cart, in a table where only some items have a kind."""
