"""The bodies of Segment's messages."""

from typing import Annotated

from msgspec import Meta, Raw

from chalicelib.sources.reading.payloads import NULL, JsonObject

MOST_MESSAGES = 1000
"""Segment's default size of a batch. Each message is some calls of DynamoDB: smaller batches are better."""
Messages = Annotated[list[Raw], Meta(max_length=MOST_MESSAGES)]
Id = Annotated[str, Meta(max_length=1000)] | int | None
"""Any text or number: each shop tracks with its own ids."""
OrderId = Annotated[str, Meta(min_length=1, max_length=1000)] | int
Amount = Raw
"""A number, or one as text; null or an empty text counts as missing."""


class _CamelCase(JsonObject, rename="camel"):
    pass


class Place(JsonObject):
    """An address: only its country is read."""

    country: str | None = None


class Traits(_CamelCase):
    """A person's profile."""

    email: str | None = None
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    address: Place | str | None = None


class CategoryConsent(_CamelCase):
    """What a person agreed to, by the shop's own categories."""

    category_preferences: dict[str, Raw] | None = None


class Context(_CamelCase):
    """Where a message came from."""

    traits: Traits | None = None
    locale: str | None = None
    timezone: str | None = None
    consent: CategoryConsent | None = None


class Message(_CamelCase):
    """The fields of any message; the contents of the raw ones depend on its kind."""

    type: str
    event: str | None = None
    user_id: Id = None
    anonymous_id: Raw = NULL
    message_id: Raw = NULL
    timestamp: Raw = NULL
    properties: Raw = Raw(b"{}")
    traits: Raw = NULL
    context: Raw = NULL


class Product(JsonObject):
    """A line."""

    product_id: Raw = NULL
    sku: Raw = NULL
    name: str | None = None
    price: Amount = NULL
    quantity: Amount = NULL


class CartProperties(Product):
    """The properties of Cart Viewed, Checkout Started (the whole cart), Product Added and Product Removed (one)."""

    cart_id: Raw = NULL
    checkout_id: Raw = NULL
    order_id: Raw = NULL
    currency: str | None = None
    total: Amount = NULL
    value: Amount = NULL
    products: list[Product] | None = None


class OrderProperties(JsonObject):
    """The properties of Order Completed."""

    order_id: OrderId
    cart_id: Raw = NULL
    checkout_id: Raw = NULL
    currency: str | None = None
    total: Amount = NULL
    value: Amount = NULL
    revenue: Amount = NULL
    coupon: str | int | None = None
    products: list[Product] | None = None


class RefundProperties(JsonObject):
    """The properties of Order Refunded and Order Cancelled."""

    order_id: OrderId
    currency: str | None = None
    total: Amount = NULL
    value: Amount = NULL
    revenue: Amount = NULL
    products: Raw = NULL
