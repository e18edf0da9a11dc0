"""The bodies of Segment's messages, as far as they are wanted."""

from typing import Annotated

from msgspec import Meta, Raw

from chalicelib.sources.reading import Loose

MOST_MESSAGES = 1000
"""What Segment puts into one batch unless it is told otherwise. Each is some calls of DynamoDB: fewer are better."""
Messages = Annotated[list[Raw], Meta(max_length=MOST_MESSAGES)]
Id = Annotated[str, Meta(max_length=1000)] | int | None
"""Any text or number: each shop tracks with ids of its own."""
OrderId = Annotated[str, Meta(min_length=1, max_length=1000)] | int
Amount = Raw
"""A number, or one as text; nothing where it is null or an empty text."""
NOTHING = Raw(b"null")


class _Camel(Loose, rename="camel"):
    pass


class Place(Loose):
    """An address: only its country is looked at."""

    country: str | None = None


class Traits(_Camel):
    """What is known of somebody."""

    email: str | None = None
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    address: Place | str | None = None


class CategoryConsent(_Camel):
    """What somebody agreed to, by the shop's own categories."""

    category_preferences: dict[str, bool] | None = None


class Context(_Camel):
    """Where a message came from."""

    traits: Traits | None = None
    locale: str | None = None
    timezone: str | None = None
    consent: CategoryConsent | None = None


class Message(_Camel):
    """A message's outside; what is inside depends on its kind."""

    type: str
    event: str | None = None
    user_id: Id = None
    anonymous_id: Id = None
    message_id: Id = None
    timestamp: Raw = NOTHING
    properties: Raw = Raw(b"{}")
    traits: Raw = NOTHING
    context: Raw = NOTHING


class Product(Loose):
    """A line."""

    product_id: Id = None
    sku: Id = None
    name: str | None = None
    price: Amount = NOTHING
    quantity: Amount = NOTHING


class CartProperties(Product):
    """Of Cart Viewed, Checkout Started, Product Added and Product Removed: the whole cart, or else one product."""

    cart_id: Id = None
    checkout_id: Id = None
    order_id: Id = None
    currency: str | None = None
    total: Amount = NOTHING
    value: Amount = NOTHING
    products: list[Product] | None = None


class OrderProperties(Loose):
    """Of Order Completed."""

    order_id: OrderId
    cart_id: Id = None
    checkout_id: Id = None
    currency: str | None = None
    total: Amount = NOTHING
    value: Amount = NOTHING
    revenue: Amount = NOTHING
    coupon: str | None = None
    products: list[Product] | None = None


class RefundProperties(Loose):
    """Of Order Refunded and Order Cancelled."""

    order_id: OrderId
    currency: str | None = None
    total: Amount = NOTHING
