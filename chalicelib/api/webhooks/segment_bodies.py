"""The bodies of Segment's messages, as far as they are wanted."""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Raw

from chalicelib.api.webhooks.reading import Id, Loose, Token

MOST_MESSAGES = 500
Messages = Annotated[list[Raw], Meta(max_length=MOST_MESSAGES)]
Somebody = Annotated[str, Meta(max_length=500)] | int | None
MessageId = Annotated[str, Meta(pattern=r"^[!-~]{1,100}$(?!\n)")]


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
    address: Place | None = None


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
    user_id: Somebody = None
    anonymous_id: Somebody = None
    message_id: MessageId | None = None
    timestamp: Raw = Raw(b"null")
    properties: Raw = Raw(b"{}")
    traits: Raw = Raw(b"null")
    context: Raw = Raw(b"null")


class Product(Loose):
    """A line."""

    product_id: Id | None = None
    sku: Id | None = None
    name: str | None = None
    price: Decimal | None = None
    quantity: Decimal = Decimal(1)


class CartProperties(Loose):
    """Of Cart Viewed, Checkout Started, Product Added and Product Removed."""

    cart_id: Token | None = None
    checkout_id: Token | None = None
    order_id: Token | None = None
    currency: str | None = None
    total: Decimal | None = None
    value: Decimal | None = None
    products: list[Product] | None = None


class OrderProperties(Loose):
    """Of Order Completed."""

    order_id: Token
    cart_id: Token | None = None
    checkout_id: Token | None = None
    currency: str | None = None
    total: Decimal | None = None
    value: Decimal | None = None
    revenue: Decimal | None = None
    coupon: str | None = None
    products: tuple[Product, ...] = ()


class RefundProperties(Loose):
    """Of Order Refunded and Order Cancelled."""

    order_id: Token
    currency: str | None = None
    total: Decimal | None = None
