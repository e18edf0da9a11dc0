"""Carts, and the changes that some sources tell of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.money import Money


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a cart or an order."""

    product: str
    name: str
    quantity: int = 1
    price: int = 0


@dataclass(frozen=True, slots=True)
class LineChange:
    """Pieces put into a cart, or taken out (``line.quantity`` is below 0); ``id`` is the source's own of this word.

    ``currency`` is the price's, or ``NO_CURRENCY`` where no price is known.
    """

    id: str
    at: datetime
    line: Line
    currency: str


@dataclass(frozen=True, slots=True)
class CartParts:
    """What a cart is made of whose source reports changes: its last whole version, if any, and the changes since."""

    changes: tuple[LineChange, ...]
    whole: Cart | None = None


@dataclass(frozen=True, slots=True)
class Cart:
    """A cart as it was at ``at``, its last activity; without lines it is empty. ``parts``: None for a whole version."""

    id: str
    at: datetime
    total: Money
    lines: tuple[Line, ...] = ()
    parts: CartParts | None = None
