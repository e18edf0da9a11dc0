"""Carts and their lines, within the size that can be stored."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from msgspec import UNSET

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.cart import Cart, Line
from chalicelib.domain.money import NO_CURRENCY, Money
from chalicelib.sources.fields import LONGEST_NAME
from chalicelib.sources.webhook import WebhookRequest

MOST_LINES = 300
MOST_PRODUCTS = 500
"""Of an order."""
LARGEST_FACT = 350_000
"""Bytes of a fact's JSON. It is one DynamoDB item, of 409,600 bytes at most; keys and versions need space too.

Only the lines of a cart can be so large: a name has up to 200 letters of four bytes, or of six if escaped as
``\\u0001``.
"""
LONGEST_PRODUCT = 650
"""Bytes of JSON of a product's id: 500 of them can be stored, and names of 200 letters mostly fit."""


def has_lines(request: WebhookRequest, path: str, lines: object) -> bool:
    """Whether it is known what is in a cart. An unreadable or a missing list empties none, and is reported.

    ``path``: of the list in the body; ``lines``: as it was read, ``UNSET`` if it was not. ``null`` is an empty list.
    """
    if lines is UNSET and not any(each.field == path for each in request.left_out):
        request.left_out.append(InvalidFact(path, "is missing"))
    return lines is not UNSET


def line(product: object, name: str | None, quantity: int, price: int) -> Line:
    """A line. A product without an id is identified by its name, shortened so that 500 of them can be stored."""
    label = (name or "").strip()[:LONGEST_NAME]
    product_id = str(product if product is not None else label or "product")[:LONGEST_NAME]
    return Line(cut(product_id, LONGEST_PRODUCT), label or "–", quantity, price)


def cut(text: str, most: int) -> str:
    """The beginning of a text, at most so many bytes as JSON."""
    while len(msgspec.json.encode(text)) > most:
        text = text[:-1]
    return text


def cart(
    cart_id: str, at: datetime, total: Money | None, lines: Iterable[Line], left_at: datetime | None = None
) -> Cart:
    """A cart as of ``at``: its first lines, as many as can be stored, without those of quantity 0.

    ``left_at``: when its customer last did something with it, if the source says so.
    """
    kept = fitting([each for each in lines if each.quantity][:MOST_LINES])
    total = total if total and kept else Money(0, NO_CURRENCY)
    return Cart(cart_id, at, total, kept, left_at=earlier(left_at, at))


def earlier(left_at: datetime | None, at: datetime) -> datetime | None:
    """The time of a cart's last activity, if it is known and before the version's own."""
    return left_at if left_at and left_at < at else None


def fitting(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The first lines of a cart, as many as can be stored."""
    room = LARGEST_FACT
    for number, each in enumerate(lines):
        room -= len(msgspec.json.encode(each)) + len(",")
        if room < 0:
            return tuple(lines[:number])
    return tuple(lines)


def products(lines: Iterable[Line]) -> tuple[str, ...]:
    """The products of an order, each once, as many as can be stored."""
    return tuple(dict.fromkeys(each.product for each in lines))[:MOST_PRODUCTS]
