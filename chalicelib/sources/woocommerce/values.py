"""Lines and refunds of WooCommerce's orders. Amounts are rounded to the currency's minor unit."""

from decimal import Decimal

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.cart import Line
from chalicelib.sources.reading import amounts, carts
from chalicelib.sources.reading.payloads import Id, lenient
from chalicelib.sources.woocommerce.bodies import OrderBody, OrderLine


def lines(body: OrderBody) -> list[Line]:
    """The lines of an order. An invalid amount or quantity counts as 0."""
    return [_line(each, body.currency) for each in body.line_items or ()]


def refunded(body: OrderBody) -> int:
    """The sum of all refunds, in minor units; raises ``InvalidFact``."""
    refunds = enumerate(body.refunds or ())
    return sum(
        amounts.rounded(f"$.refunds[{n}].total", each.total.copy_abs(), body.currency).amount for n, each in refunds
    )


def _line(body: OrderLine, currency: str) -> Line:
    quantity = _quantity(lenient(body.quantity, Decimal))
    total = _line_total(lenient(body.total, Decimal), currency)
    product, name = lenient(body.product_id, Id), lenient(body.name, str)
    return carts.line(product, name, quantity, total // max(quantity, 1))


def _quantity(quantity: Decimal | None) -> int:
    try:
        return 1 if quantity is None else amounts.pieces("", quantity)
    except InvalidFact:
        return 0


def _line_total(total: Decimal | None, currency: str) -> int:
    try:
        return 0 if total is None else amounts.rounded("", total, currency).amount
    except InvalidFact:
        return 0
