"""Carts, the changes that some sources report of them, and what happens to carts."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from chalicelib.domain.facts.fact import Event, Fact
from chalicelib.domain.links import web_link
from chalicelib.domain.money import Money
from chalicelib.domain.words import title

SHOWN = 8
"""Lines of a cart in a message."""
NOTHING = ""
"""The content of an empty cart."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a cart or an order; ``url`` is its product's page, ``image`` its picture."""

    product: str
    name: str
    quantity: int = 1
    price: int = 0
    url: str | None = None
    image: str | None = None

    def cleaned(self, *, is_shown: bool = True) -> Line:
        """The same, with a name and links that may stand in a message; without links if it is not shown in one."""
        url, image = (web_link(self.url), web_link(self.image)) if is_shown else (None, None)
        return replace(self, name=title(self.name), url=url, image=image)


@dataclass(frozen=True, slots=True)
class LineChange:
    """Pieces put into a cart, or taken out (``line.quantity`` is below 0); ``id`` is the source's own id of the change.

    ``currency`` is the price's, or ``NO_CURRENCY`` where no price is known.
    """

    id: str
    at: datetime
    line: Line
    currency: str


@dataclass(frozen=True, slots=True)
class CartParts:
    """The parts of a cart that is reported in changes: its last whole version, if any, and the changes since."""

    changes: tuple[LineChange, ...]
    whole: Cart | None = None

    def cleaned(self) -> CartParts:
        """The same, with names that may stand in a message."""
        changes = tuple(replace(each, line=each.line.cleaned()) for each in self.changes)
        return CartParts(changes, self.whole.cleaned() if self.whole else None)

    def clamped(self, latest: datetime, now: datetime) -> CartParts:
        """The same, with ``now`` for each time after ``latest``."""
        changes = tuple(replace(each, at=now) if each.at > latest else each for each in self.changes)
        return CartParts(changes, self.whole.clamped(latest, now) if self.whole else None)


@dataclass(frozen=True, slots=True)
class Cart(Fact):
    """A cart as it was at ``at``; without lines it is empty. ``parts``: None for a whole version.

    ``left_at``: when its customer last did something with it, if that was before ``at`` (it was only saved again).
    ``emptied_at``: when it was empty last, as earlier versions tell; no source reports it. ``url`` leads back to it,
    on any device.
    """

    kind: ClassVar[str] = "cart"
    named_by: ClassVar[tuple[str, ...]] = ("id",)
    id: str
    at: datetime
    total: Money
    lines: tuple[Line, ...] = ()
    parts: CartParts | None = None
    left_at: datetime | None = None
    emptied_at: datetime | None = None
    url: str | None = None

    @property
    def last_empty(self) -> datetime | None:
        """When it was empty last, as far as is known. A cart in parts may only lack what was put in before."""
        return self.emptied_at if self.lines or self.parts else self.at

    @property
    def content(self) -> str:
        """A digest of what is in it: its products and their pieces, whatever their order, names and prices."""
        pieces = Counter[str]()
        for line in self.lines:
            pieces[line.product] += line.quantity
        return hashlib.sha256(repr(sorted(pieces.items())).encode()).hexdigest()[:16] if pieces else NOTHING

    def holds_only(self, products: Iterable[str]) -> bool:
        """Whether it has lines, and all of them are of these products."""
        return bool(self.lines) and {line.product for line in self.lines} <= set(products)

    @property
    def activity(self) -> datetime:
        """When its customer last did something with it."""
        return self.left_at or self.at

    def cleaned(self) -> Cart:
        """The same, with names and links that may stand in a message."""
        lines = tuple(line.cleaned(is_shown=place < SHOWN) for place, line in enumerate(self.lines))
        parts = self.parts.cleaned() if self.parts else None
        return replace(self, lines=lines, parts=parts, url=web_link(self.url))

    def clamped(self, latest: datetime, now: datetime) -> Cart:
        """The same, with ``now`` for each time after ``latest``, those of its parts too."""
        if self.at <= latest:  # the latest of all
            return self
        left_at = self.left_at if self.left_at and self.left_at < now else None
        return replace(self, at=now, parts=self.parts.clamped(latest, now) if self.parts else None, left_at=left_at)

    def events(self) -> Iterator[Event]:
        """That it was emptied, perhaps before it was filled again; and that it changed, at its last activity."""
        if self.emptied_at and (self.lines or self.emptied_at < self.at):
            yield CartEmptied(self.id, self.emptied_at, self)
        yield CartChanged(self.id, self.activity, self) if self.lines else CartEmptied(self.id, self.at, self)


@dataclass(frozen=True, slots=True)
class CartLink(Fact):
    """The link back to a cart, where a source reports it apart from what is in the cart; ``at`` is when it was made."""

    kind: ClassVar[str] = "cartlink"
    named_by: ClassVar[tuple[str, ...]] = ("cart_id",)
    cart_id: str
    at: datetime
    url: str | None

    def cleaned(self) -> CartLink:
        """The same, with a link that may stand in a message, if it is one."""
        return replace(self, url=web_link(self.url))


@dataclass(frozen=True, slots=True)
class CartChanged(Event):
    """A cart changed and has lines."""

    key_name: ClassVar[str] = "cart_id"
    enrolls: ClassVar[bool] = True
    cart: Cart


@dataclass(frozen=True, slots=True)
class CartEmptied(Event):
    """A cart has no lines any more."""

    key_name: ClassVar[str] = "cart_id"
    enrolls: ClassVar[bool] = True
    cart: Cart
