"""What one refund of Shopify's gave back, in the shop's currency if it says so.

A transaction is in the currency that the customer paid in. What was given back is told in the shop's own too: of the
lines, of the shipping, and of what was adjusted, which is negative where more was given back than was worked out.
"""

from collections.abc import Iterator
from datetime import datetime

from chalicelib.domain.facts.order import Refund
from chalicelib.sources import reading
from chalicelib.sources.shopify.bodies import PriceSet, RefundBody, Transaction

Share = tuple[str, PriceSet | None, int]
"""Where an amount stands, the amount, and its sign in the sum."""


def refund_of(path: str, body: RefundBody, at: datetime | None = None, shop: str | None = None) -> Refund | None:
    """A refund as it is at ``at`` (by default when it was made); None for one that was never about money.

    ``shop`` is the shop's currency, if that is known. A payment may be confirmed or fail later: then 0 is told again.
    """
    transactions = [(f"{path}.transactions[{n}]", each) for n, each in enumerate(body.transactions or ())]
    payments = [(where, each) for where, each in transactions if each.kind == "refund"]
    if not payments:
        return None
    made_at = reading.moment_of(path, body, "processed_at") or reading.moment(f"{path}.created_at", body.created_at)
    done = [(where, each) for where, each in payments if each.status in (None, "success")]
    amount, currency = _given_back(path, body, done, shop)
    return Refund(str(body.order_id), str(body.id), at or made_at, amount, currency)


def _given_back(
    path: str, body: RefundBody, done: list[tuple[str, Transaction]], shop: str | None
) -> tuple[int, str | None]:
    """Minor units and their currency: what was paid, or, where that was in another currency, what the shop says."""
    shop = shop or next((told.shop_money.currency_code for _, told, _ in _shares(path, body) if told), None)
    paid_in = {each.currency for _, each in done}
    if shop and paid_in - {shop} and (total := _in_shop_money(path, body, shop)) > 0:
        return total, shop
    currency = min(paid_in, default=shop)
    same = [(where, each) for where, each in done if each.currency == currency]
    amounts = [reading.amount(f"{where}.amount", each.amount, each.currency) for where, each in same]
    return sum(amounts), currency


def _in_shop_money(path: str, body: RefundBody, currency: str) -> int:
    total = 0
    for where, told, sign in _shares(path, body):
        if told and told.shop_money.currency_code == currency:
            value = told.shop_money.amount
            minor = reading.amount(f"{where}.shop_money.amount", value.copy_abs(), currency)
            total += sign * (-minor if value.is_signed() else minor)
    return total


def _shares(path: str, body: RefundBody) -> Iterator[Share]:
    """All that a refund is made of. Older versions tell the shipping as an adjustment, some both ways."""
    for n, line in enumerate(body.refund_line_items or ()):
        where = f"{path}.refund_line_items[{n}]"
        yield f"{where}.subtotal_set", line.subtotal_set, 1
        yield f"{where}.total_tax_set", line.total_tax_set, 1
    for n, adjustment in enumerate(body.order_adjustments or ()):
        where = f"{path}.order_adjustments[{n}]"
        yield f"{where}.amount_set", adjustment.amount_set, -1
        yield f"{where}.tax_amount_set", adjustment.tax_amount_set, -1
    if not any(each.kind == "shipping_refund" for each in body.order_adjustments or ()):
        for n, shipping in enumerate(body.refund_shipping_lines or ()):
            yield f"{path}.refund_shipping_lines[{n}].subtotal_amount_set", shipping.subtotal_amount_set, 1
            yield f"{path}.refund_shipping_lines[{n}].tax_amount_set", shipping.tax_amount_set, 1
    yield f"{path}.total_duties_set", body.total_duties_set, 1
    yield f"{path}.total_additional_fees_set", body.total_additional_fees_set, 1
