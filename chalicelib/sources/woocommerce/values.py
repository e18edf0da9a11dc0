"""Times, lines and refunds of WooCommerce's orders. Amounts are rounded to the currency's minor unit."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec import UNSET

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.cart import Line
from chalicelib.sources.reading import amounts, carts, times
from chalicelib.sources.reading.payloads import Id, lenient
from chalicelib.sources.woocommerce.bodies import Dated, OrderBody, OrderLine, Picture


def lines(body: OrderBody) -> list[Line]:
    """The lines of an order, with tax if the shop shows its prices so. An invalid amount or quantity counts as 0."""
    return [_line(each, body) for each in body.line_items or ()]


def time_of(body: Dated, field: str, zone: str) -> datetime | None:
    """A time in UTC: that in ``{field}_gmt``, or else the site's own, in this zone. Raises ``InvalidFact``."""
    if getattr(body, f"{field}_gmt") is not UNSET:
        return times.moment_of("$", body, f"{field}_gmt")
    local: datetime | None = getattr(body, field)
    if local is None:
        return None
    return times.moment(f"$.{field}", local if local.tzinfo else local.replace(tzinfo=ZoneInfo(zone)))


def refunded(body: OrderBody) -> int:
    """The sum of all refunds, in minor units; raises ``InvalidFact``."""
    refunds = enumerate(body.refunds or ())
    return sum(
        amounts.rounded(f"$.refunds[{n}].total", each.total.copy_abs(), body.currency).amount
        for n, each in refunds
        if each.total is not None
    )


def _line(line: OrderLine, body: OrderBody) -> Line:
    quantity = _quantity(lenient(line.quantity, Decimal))
    total, tax = lenient(line.total, Decimal) or Decimal(0), lenient(line.total_tax, Decimal) or Decimal(0)
    shown = (total, tax) if body.prices_include_tax is True else (total,)
    product, name = lenient(line.product_id, Id), lenient(line.name, str)
    picture = lenient(line.image, Picture)
    found = carts.line(product, name, quantity, _of_one(shown, quantity, body.currency))
    return replace(found, image=picture.src) if picture else found


def _quantity(quantity: Decimal | None) -> int:
    try:
        return 1 if quantity is None else amounts.pieces("", quantity)
    except InvalidFact:
        return 0


def _of_one(amounts_of_all: Sequence[Decimal], quantity: int, currency: str) -> int:
    """The price of one piece in minor units, rounded half up; 0 if it is none."""
    try:
        return amounts.rounded("", sum(amounts_of_all, Decimal(0)) / max(quantity, 1), currency).amount
    except (InvalidFact, ArithmeticError):
        return 0
