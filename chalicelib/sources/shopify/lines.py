"""Lines of carts, checkouts and orders. An invalid price counts as 0, an invalid quantity as one piece."""

from collections.abc import Iterable
from decimal import Decimal

from msgspec import Raw

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.cart import Line
from chalicelib.sources.fields import MOST_PIECES
from chalicelib.sources.reading import amounts, carts
from chalicelib.sources.reading.payloads import Id, lenient
from chalicelib.sources.shopify.parts import PricedLine


def lines(priced: Iterable[PricedLine], currency: str) -> list[Line]:
    """The lines of a checkout or an order."""
    return [
        carts.line(lenient(each.product_id, Id), each.title, quantity(each.quantity), _price(each, currency))
        for each in priced
    ]


def quantity(value: Raw) -> int:
    """How many pieces; 1 if that is missing or no whole number."""
    found = lenient(value, int)
    return 1 if found is None else min(max(found, 0), MOST_PIECES)


def _price(line: PricedLine, currency: str) -> int:
    """The price of one piece in minor units; 0 if that is missing or invalid."""
    try:
        return amounts.amount("price", lenient(line.price, Decimal) or Decimal(0), currency)
    except InvalidFact:
        return 0
