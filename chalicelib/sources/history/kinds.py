"""The kinds of files: the columns that `rekindle import` reads, and those that `rekindle replay` reads."""

from typing import Any

from chalicelib.sources.history.cells import amount, decimal, line_count, own_id, product_lines, products, switch
from chalicelib.sources.history.columns import Column, FileKind


def _with_consent(values: dict[str, Any]) -> dict[str, Any]:
    """A customer's body, in which marketing and marketing_at (the consent's own time) are one consent."""
    body = {name: value for name, value in values.items() if name not in ("marketing", "marketing_at")}
    if "marketing" in values:
        consent = {"given": values["marketing"], "source": "import"}
        if at := values.get("marketing_at"):
            consent["at"] = at
        body["consents"] = {"marketing": consent}
    return body


_CUSTOMER, _CURRENCY = Column("customer_id", parse=own_id), Column("currency")
_EMAIL, _VERIFIED = Column("email"), Column("email_verified", parse=switch)
_ID, _TOTAL = Column("id", parse=own_id), Column("total", parse=amount, is_amount=True)
_PLACED_AT, _AT = Column("placed_at", is_time=True), Column("at", is_time=True)
_ORDER_ID, _CART_ID = Column("order_id", "id", own_id), Column("cart_id", "id", own_id)
_UPDATED_AT = Column("updated_at", fills="at", is_time=True)
_LEFT_AT = Column("left_at", is_time=True)
_LINES, _PRODUCTS = Column("lines", parse=line_count), Column("products", "lines", product_lines, in_json=False)

CUSTOMERS = FileKind(
    "customer",
    (
        _ID,
        Column("customer_id", "id", own_id),
        _AT,
        _EMAIL,
        _VERIFIED,
        Column("name"),
        Column("language"),
        Column("country"),
        Column("time_zone"),
        Column("marketing", parse=switch, in_json=False),
        Column("marketing_at", in_json=False, is_time=True),
    ),
    frozenset({"at"}),
    _with_consent,
)
ORDERS = FileKind(
    "order",
    (
        _CUSTOMER,
        _ID,
        _ORDER_ID,
        _PLACED_AT,
        _TOTAL,
        _CURRENCY,
        _AT,
        Column("refunded", parse=amount, is_amount=True),
        Column("products", parse=products),
        Column("cart_id", parse=own_id),
        Column("fulfilled_at", is_time=True),
        Column("cancelled_at", is_time=True),
        Column("coupon"),
        Column("referred", parse=switch),
        _EMAIL,
        _VERIFIED,
    ),
    frozenset({"id", "placed_at", "total", "currency"}),
)
_LINE = (
    Column("product", in_json=False),
    Column("quantity", parse=decimal, in_json=False, is_amount=True),
    Column("price", parse=decimal, in_json=False, is_amount=True),
)
ORDER_LINES = FileKind(
    "order",
    (*(column for column in ORDERS.columns if column.name != "products"), *_LINE),
    (ORDERS.required - {"total"}) | {"quantity", "price"},
)
"""A row for each line of an order; those of one order follow each other. ``price`` is of one piece."""
CARTS = FileKind(
    "cart",
    (_CUSTOMER, _ID, _CART_ID, _AT, _UPDATED_AT, _TOTAL, _CURRENCY, _PRODUCTS, _LINES, _EMAIL, _VERIFIED, _LEFT_AT),
    frozenset({"id", "at", "total", "currency"}),
)
SUPPRESSIONS = FileKind(
    "suppression",
    (
        Column("address"),
        *(Column(name, fills="address") for name in ("email", "Email Address", "EmailAddress")),
        Column("reason"),
        Column("Reason", fills="reason"),
        Column("at", is_time=True),
        *(Column(name, fills="at", is_time=True) for name in ("LastUpdateTime", "CLEAN_TIME")),
    ),
    frozenset({"address"}),
    assumes_utc=True,
    ignores_others=True,
    has_seconds=True,
)
"""Addresses that must not get mail. The other names are those of SES's own list and of Mailchimp's cleaned contacts."""
IMPORTED = {
    "customers": CUSTOMERS,
    "orders": ORDERS,
    "order-lines": ORDER_LINES,
    "carts": CARTS,
    "suppressions": SUPPRESSIONS,
}

REPLAYED_ORDERS = FileKind(
    "order",
    (_CUSTOMER, _ORDER_ID, _ID, _PLACED_AT, _TOTAL, _CURRENCY, _EMAIL),
    ORDERS.required,
    assumes_utc=True,
    ignores_others=True,
)
"""An order as it was placed: later changes of it must not be applied too early."""
REPLAYED_LINES = FileKind(
    "order",
    (_CUSTOMER, _ORDER_ID, _ID, _PLACED_AT, _TOTAL, _CURRENCY, _EMAIL, *_LINE),
    (REPLAYED_ORDERS.required - {"total"}) | {"quantity", "price"},
    assumes_utc=True,
    ignores_others=True,
)
REPLAYED_CARTS = FileKind(
    "cart",
    (_CUSTOMER, _CART_ID, _ID, _UPDATED_AT, _AT, _LINES, _PRODUCTS, _TOTAL, _CURRENCY, _EMAIL),
    CARTS.required | {"lines"},
    assumes_utc=True,
    ignores_others=True,
)
