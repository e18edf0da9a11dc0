"""The amount that one refund paid back, in the shop's currency if the refund has it.

A transaction is in the currency that the customer paid in. The parts of a refund are in the shop's own too: lines,
shipping, duties, additional fees and adjustments, which are negative where more was paid back than the lines amount to.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from chalicelib.domain.facts.order import Refund
from chalicelib.sources.fields import Currency, Time
from chalicelib.sources.reading import amounts, times
from chalicelib.sources.reading.payloads import Id, JsonObject
from chalicelib.sources.shopify.parts import PriceSet

Share = tuple[str, PriceSet | None, int]
"""The path of an amount, the amount, and its sign in the sum."""


class Transaction(JsonObject):
    """A payment, or one paid back."""

    kind: str
    amount: Decimal
    currency: Currency
    status: str | None = None


class RefundLine(JsonObject):
    """What was paid back for one line of an order."""

    subtotal_set: PriceSet | None = None
    total_tax_set: PriceSet | None = None


class Adjustment(JsonObject):
    """Negative: paid back besides the lines. Positive: not paid back of the lines."""

    kind: str | None = None
    amount_set: PriceSet | None = None
    tax_amount_set: PriceSet | None = None


class RefundShipping(JsonObject):
    """What was paid back of the shipping."""

    subtotal_amount_set: PriceSet | None = None
    tax_amount_set: PriceSet | None = None


class RefundBody(JsonObject):
    """refunds/create, and ``refunds`` of an order."""

    id: Id
    order_id: Id
    created_at: Time | None = None
    processed_at: Time | None = None
    transactions: tuple[Transaction, ...] | None = None
    refund_line_items: tuple[RefundLine, ...] | None = None
    refund_shipping_lines: list[RefundShipping] | None = None
    order_adjustments: list[Adjustment] | None = None
    total_duties_set: PriceSet | None = None
    total_additional_fees_set: PriceSet | None = None


def refund_of(
    path: str, body: RefundBody, reported_at: datetime, at: datetime | None = None, shop: str | None = None
) -> Refund | None:
    """A refund as of ``at`` (by default when it was made, or else reported); None if no payment is part of it.

    ``shop`` is the shop's currency, if that is known. A payment may be confirmed or fail later: until then it is 0.
    """
    transactions = [(f"{path}.transactions[{n}]", each) for n, each in enumerate(body.transactions or ())]
    payments = [(where, each) for where, each in transactions if each.kind == "refund"]
    if not payments:
        return None
    made_at = times.moment_of(path, body, "processed_at") or times.moment_of(path, body, "created_at") or reported_at
    done = [(where, each) for where, each in payments if each.status in (None, "success")]
    amount, currency = _paid_back(path, body, done, shop)
    return Refund(str(body.order_id), str(body.id), at or made_at, amount, currency)


def _paid_back(
    path: str, body: RefundBody, done: list[tuple[str, Transaction]], shop: str | None
) -> tuple[int, str | None]:
    """Minor units and their currency: the payments, or, if those are in another currency, the shop's own amounts."""
    shop = shop or next((found.shop_money.currency_code for _, found, _ in _shares(path, body) if found), None)
    paid_in = {each.currency for _, each in done}
    if shop and paid_in - {shop} and (total := _in_shop_money(path, body, shop)) > 0:
        return total, shop
    currency = min(paid_in, default=shop)
    same = [(where, each) for where, each in done if each.currency == currency]
    return sum(amounts.amount(f"{where}.amount", each.amount, each.currency) for where, each in same), currency


def _in_shop_money(path: str, body: RefundBody, currency: str) -> int:
    total = 0
    for where, found, sign in _shares(path, body):
        if found and found.shop_money.currency_code == currency:
            value = found.shop_money.amount
            minor = amounts.amount(f"{where}.shop_money.amount", value.copy_abs(), currency)
            total += sign * (-minor if value.is_signed() else minor)
    return total


def _shares(path: str, body: RefundBody) -> Iterator[Share]:
    """All parts of a refund. Older versions have the shipping as an adjustment, some versions both ways."""
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
