"""Ids, amounts and lines in Segment's messages. Each shop tracks in its own way, often from a browser.

So an id may be any text, and an amount a browser's inexact binary fraction. An invalid price of a line is ignored; an
invalid total is an error, because it is counted.
"""

import hashlib
from decimal import Decimal
from urllib.parse import quote

from msgspec import Raw

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.cart import Line
from chalicelib.domain.money import Money, exponent, is_currency
from chalicelib.sources.decoding import decoded
from chalicelib.sources.fields import MOST_AMOUNT
from chalicelib.sources.reading import amounts, carts
from chalicelib.sources.reading.payloads import NULL, lenient
from chalicelib.sources.segment.bodies import CartProperties, OrderProperties, Product, RefundProperties

LONGEST_ID = 100
MOST_LINES = 1_000
"""More than any cart that is kept, or any order's products: a message of thousands takes no longer than others."""
NOISE = Decimal("0.000001")
"""In whole units of the currency: a browser's sum may be off by this much."""
_SAFE = "!$%&'()*+,/:;<=>?@[]^`{|}"


def id_in(raw: Raw) -> str | None:
    """As ``own_id``, an id that may be missing: None if it is none."""
    return own_id(lenient(raw, str | int))


def own_id(value: str | int | None) -> str | None:
    """An id as a part of a key: characters that no key may have are percent-encoded; None if it is empty."""
    text = quote(str(value).strip(), safe=_SAFE) if value is not None else ""
    if len(text) > LONGEST_ID:
        text = hashlib.sha256(text.encode()).hexdigest()
    return text or None


def currency_of(path: str, properties: CartProperties | OrderProperties | RefundProperties) -> str | None:
    """The currency of properties, None if it is missing; raises ``InvalidFact`` for an unknown code."""
    if not properties.currency:
        return None
    code = properties.currency.strip().upper()
    if not is_currency(code):
        raise InvalidFact(f"{path}.currency", "expected an ISO 4217 code such as USD")
    return code


def total_of(
    path: str, properties: CartProperties | OrderProperties | RefundProperties, currency: str | None
) -> Money | None:
    """The first existing one of the total, the value and the revenue (which is without tax and shipping)."""
    for field in ("total", "value", "revenue"):
        if currency and (value := amount(f"{path}.{field}", getattr(properties, field, NULL), currency)) is not None:
            return Money(value, currency)
    return None


def amount(path: str, value: Raw, currency: str) -> int | None:
    """Minor units; None if it is missing; raises ``InvalidFact`` for an invalid amount of this currency."""
    number = _number(path, value)
    if number is None:
        return None
    if number.is_finite() and number.copy_abs() < MOST_AMOUNT:
        rounded = round(number, exponent(currency))
        number = rounded if (rounded - number).copy_abs() < NOISE else number
    return amounts.amount(path, number, currency)


def price(product: Product, currency: str | None) -> int | None:
    """The price of one piece, in minor units; None if it is missing or invalid."""
    try:
        return amount("price", product.price, currency) if currency else None
    except InvalidFact:
        return None


def lines(path: str, products: list[Product], currency: str | None) -> list[Line]:
    """The lines of a cart or an order, the first ``MOST_LINES``; an unknown price is 0."""
    return [line(f"{path}.products[{number}]", each, currency) for number, each in enumerate(products[:MOST_LINES])]


def line(path: str, product: Product, currency: str | None) -> Line:
    """One line; without a quantity it is one piece."""
    quantity = _number(f"{path}.quantity", product.quantity)
    pieces = 1 if quantity is None else amounts.pieces(f"{path}.quantity", quantity)
    return carts.line(product_id(product), product.name, pieces, price(product, currency) or 0)


def product_id(product: Product) -> str | int | None:
    """The id of a product, else its SKU; None if it has neither."""
    ids = (lenient(each, str | int) for each in (product.product_id, product.sku))
    return next((each for each in ids if each not in (None, "")), None)


def _number(path: str, value: Raw) -> Decimal | None:
    if bytes(value) in (b"null", b'""'):
        return None
    number: Decimal = decoded(value, Decimal, path)
    return number
