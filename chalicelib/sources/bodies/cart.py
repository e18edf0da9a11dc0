"""A cart."""

from typing import Annotated

from msgspec import Meta

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.cart import Cart, Line
from chalicelib.domain.facts.inbound import InboundFact
from chalicelib.domain.money import Money
from chalicelib.sources.bodies.body import Body, OwnedBody
from chalicelib.sources.fields import MOST_PIECES, Amount, Currency, Id, Link, Name, Time
from chalicelib.sources.reading.carts import LARGEST_FACT, MOST_LINES, earlier, fitting
from chalicelib.sources.reading.times import truncated


class LineBody(Body):
    """A line of a cart; ``price`` is of one piece, in minor units. ``url`` and ``image`` are its product's."""

    product: Id
    name: Name
    quantity: Annotated[int, Meta(ge=1, le=MOST_PIECES)] = 1
    price: Amount = 0
    url: Link | None = None
    image: Link | None = None


class CartBody(OwnedBody, kw_only=True, tag="cart"):
    """A cart as it is now; without lines it is empty.

    ``left_at``: when its customer last changed it, if ``at`` may be later (the shop saved it again). ``url``: a link
    that leads back to it on any device.
    """

    id: Id
    at: Time
    total: Amount
    currency: Currency
    lines: Annotated[tuple[LineBody, ...], Meta(max_length=MOST_LINES)] = ()
    left_at: Time | None = None
    url: Link | None = None

    def fact(self, path: str) -> InboundFact:
        """As a fact; raises ``InvalidFact``."""
        self.check_times(path)
        lines = tuple(
            Line(each.product, each.name, each.quantity, each.price, each.url, each.image) for each in self.lines
        )
        if len(fitting(lines)) < len(lines):
            raise InvalidFact(f"{path}.lines", f"expected at most {LARGEST_FACT} bytes of JSON")
        at = truncated(self.at)
        left_at = earlier(truncated(self.left_at) if self.left_at else None, at)
        fact = Cart(self.id, at, Money(self.total, self.currency), lines, left_at=left_at, url=self.url)
        return InboundFact(fact, self.owner(path))
