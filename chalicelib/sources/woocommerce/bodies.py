"""The bodies of WooCommerce's webhooks.

Their times have no offset: those in ``*_gmt`` are UTC, the others are the site's, and all that version 1 of the REST
API has.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import UNSET, Raw, UnsetType

from chalicelib.sources.fields import Currency
from chalicelib.sources.reading.payloads import NULL, Id, JsonObject


class Address(JsonObject):
    """The billing address."""

    first_name: str | None = None
    last_name: str | None = None
    country: str | None = None
    email: str | None = None


class Picture(JsonObject):
    """The picture of a line's product."""

    src: str | None = None


class OrderLine(JsonObject):
    """A line; ``total`` is of all pieces, without the tax, which is ``total_tax``."""

    product_id: Raw = NULL
    name: Raw = NULL
    quantity: Raw = NULL
    total: Raw = NULL
    total_tax: Raw = NULL
    image: Raw = NULL


class CouponLine(JsonObject):
    """A coupon code that the customer entered."""

    code: str | None = None


class RefundPart(JsonObject):
    """A refund; ``total`` is negative."""

    total: Decimal | None = None


class Dated(JsonObject):
    """When something was made and changed."""

    date_created_gmt: datetime | UnsetType | None = UNSET
    date_created: datetime | None = None
    date_modified_gmt: datetime | UnsetType | None = UNSET
    date_modified: datetime | None = None


class OrderBody(Dated, kw_only=True):
    """order.created, order.updated, order.restored.

    ``prices_include_tax``: the shop shows its prices with tax; ``created_via``: by what the order was made;
    ``payment_url``: where its customer pays it.
    """

    id: Id
    status: str
    currency: Currency
    total: Decimal
    date_paid_gmt: datetime | UnsetType | None = UNSET
    date_paid: datetime | None = None
    date_completed_gmt: datetime | UnsetType | None = UNSET
    date_completed: datetime | None = None
    customer_id: Id | None = None
    billing: Address | None = None
    line_items: list[OrderLine] | UnsetType | None = UNSET
    coupon_lines: list[CouponLine] | None = None
    refunds: list[RefundPart] | None = None
    created_via: str | None = None
    prices_include_tax: Any = None
    payment_url: str | None = None


class CustomerBody(Dated, kw_only=True):
    """customer.created, customer.updated."""

    id: Id
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    billing: Address | None = None


class DeletedBody(JsonObject):
    """order.deleted, customer.deleted: only the id."""

    id: Id
