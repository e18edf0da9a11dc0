"""What Segment's messages about carts and orders share. Each shop tracks in its own way, often from a browser.

So ids are whatever they are, and amounts may be what a browser's binary fractions leave of a sum. A line's price that
is no amount is not told; a total that is none is an error, for it is counted.
"""

import hashlib
from decimal import Decimal
from urllib.parse import quote

from msgspec import Raw

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.cart import Line
from chalicelib.domain.money import exponent, is_currency
from chalicelib.sources import reading
from chalicelib.sources.bodies import decoded
from chalicelib.sources.segment.bodies import Product

LONGEST_ID = 100
NOISE = Decimal("0.000001")
"""In whole units of the currency: so much may a browser's sum be off."""
_SAFE = "!$%&'()*+,/:;<=>?@[]^`{|}"


def own_id(value: str | int | None) -> str | None:
    """An id as a part of a key: letters that none may have are written as in a URL; none at all is None."""
    text = quote(str(value).strip(), safe=_SAFE) if value is not None else ""
    if len(text) > LONGEST_ID:
        text = hashlib.sha256(text.encode()).hexdigest()
    return text or None


def told_currency(path: str, code: str | None) -> str | None:
    """The currency of properties, if it is told; raises ``InvalidFact`` for a code that is none."""
    if not code:
        return None
    if not is_currency(code.upper()):
        raise InvalidFact(f"{path}.currency", "expected an ISO 4217 code such as USD")
    return code.upper()


def amount(path: str, value: Raw, currency: str) -> int | None:
    """Minor units; None where nothing is told; raises ``InvalidFact`` for what is no amount of this currency."""
    number = _number(path, value)
    if number is None:
        return None
    if number.is_finite() and abs(number) < reading.MOST_AMOUNT:
        rounded = round(number, exponent(currency))
        number = rounded if abs(rounded - number) < NOISE else number
    return reading.amount(path, number, currency)


def pieces(path: str, value: Raw) -> int:
    """A quantity; one where none is told."""
    number = _number(path, value)
    return 1 if number is None else reading.pieces(path, number)


def price(product: Product, currency: str | None) -> int | None:
    """What one piece costs, in minor units; None where that is not told, or is no amount of the currency."""
    try:
        return amount("price", product.price, currency) if currency else None
    except InvalidFact:
        return None


def lines(path: str, products: list[Product], currency: str | None) -> list[Line]:
    """The lines of a cart or an order; a price that is not known is 0."""
    return [line(f"{path}.products[{number}]", each, currency) for number, each in enumerate(products)]


def line(path: str, product: Product, currency: str | None) -> Line:
    """One line."""
    known_by = next((each for each in (product.product_id, product.sku) if each not in (None, "")), None)
    quantity = pieces(f"{path}.quantity", product.quantity)
    return reading.line(known_by, product.name, quantity, price(product, currency) or 0)


def _number(path: str, value: Raw) -> Decimal | None:
    if bytes(value) in (b"null", b'""'):
        return None
    number: Decimal = decoded(value, Decimal, path)
    return number
