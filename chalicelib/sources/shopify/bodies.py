"""The bodies of Shopify's webhooks, as far as they are wanted."""

from decimal import Decimal

from msgspec import UNSET, Raw, UnsetType

from chalicelib.sources.bodies import Currency
from chalicelib.sources.reading import Blank, Id, Loose, Time, Token

NOTHING = Raw(b"null")


class Price(Loose):
    """An amount in one currency."""

    amount: Decimal
    currency_code: Currency


class PriceSet(Loose):
    """An amount in the shop's currency, and in the customer's."""

    shop_money: Price


class Place(Loose):
    """An address: only its country is looked at."""

    country_code: str | None = None


class EmailConsent(Loose):
    """Whether somebody wants mails."""

    state: str | None = None
    consent_updated_at: Time | None = None


class CustomerPart(Loose):
    """A customer within a checkout or an order; without an id it is none."""

    id: Id | None = None
    email: str | UnsetType | None = UNSET
    first_name: str | None = None
    last_name: str | None = None
    created_at: Time | None = None
    updated_at: Time | None = None
    default_address: Place | None = None
    email_marketing_consent: EmailConsent | None = None
    accepts_marketing: bool | None = None
    accepts_marketing_updated_at: Time | None = None


class CustomerBody(CustomerPart):
    """customers/create, customers/update."""

    id: Id


class CartLine(Loose):
    """A line of a cart; older versions tell no currency."""

    product_id: Id | None = None
    title: str | None = None
    quantity: Raw = NOTHING
    price_set: PriceSet | None = None
    line_price_set: PriceSet | None = None


class CartBody(Loose):
    """carts/create, carts/update."""

    token: Token
    updated_at: Time
    line_items: tuple[CartLine, ...] | None = None


class PricedLine(Loose):
    """A line of a checkout or an order. Nothing of it refuses the order."""

    product_id: Id | None = None
    title: str | None = None
    quantity: Raw = NOTHING
    price: Raw = NOTHING


class DiscountCode(Loose):
    """A code that was typed in."""

    code: str | None = None


class CheckoutBody(Loose):
    """checkouts/create, checkouts/update."""

    token: Token
    updated_at: Time
    currency: Currency
    total_price: Decimal
    created_at: Time | None = None
    cart_token: Blank = None
    email: str | None = None
    customer: CustomerPart | None = None
    customer_locale: str | None = None
    shipping_address: Place | None = None
    billing_address: Place | None = None
    completed_at: Time | None = None
    line_items: tuple[PricedLine, ...] | None = None


class Fulfillment(Loose):
    """A parcel."""

    created_at: Time
    status: str | None = None


class Transaction(Loose):
    """A payment, or one given back."""

    kind: str
    amount: Decimal
    currency: Currency
    status: str | None = None


class RefundLine(Loose):
    """What was given back for one line of an order."""

    subtotal_set: PriceSet | None = None
    total_tax_set: PriceSet | None = None


class Adjustment(Loose):
    """What was given back beside the lines, negative, or not given back of them, positive."""

    kind: str | None = None
    amount_set: PriceSet | None = None
    tax_amount_set: PriceSet | None = None


class RefundShipping(Loose):
    """What was given back of the shipping."""

    subtotal_amount_set: PriceSet | None = None
    tax_amount_set: PriceSet | None = None


class RefundBody(Loose):
    """refunds/create, and ``refunds`` of an order."""

    id: Id
    order_id: Id
    created_at: Time
    processed_at: Time | None = None
    transactions: tuple[Transaction, ...] | None = None
    refund_line_items: tuple[RefundLine, ...] | None = None
    refund_shipping_lines: list[RefundShipping] | None = None
    order_adjustments: list[Adjustment] | None = None
    total_duties_set: PriceSet | None = None
    total_additional_fees_set: PriceSet | None = None


class OrderBody(Loose):
    """orders/create, orders/paid, orders/updated, orders/cancelled, orders/fulfilled."""

    id: Id
    created_at: Time
    currency: Currency
    total_price: Decimal
    processed_at: Time | None = None
    updated_at: Time | None = None
    cancelled_at: Time | None = None
    cart_token: Blank = None
    checkout_token: Blank = None
    email: str | None = None
    contact_email: str | None = None
    customer: CustomerPart | None = None
    customer_locale: str | None = None
    buyer_accepts_marketing: bool | None = None
    shipping_address: Place | None = None
    billing_address: Place | None = None
    discount_codes: list[DiscountCode] | None = None
    fulfillment_status: str | None = None
    fulfillments: list[Fulfillment] | None = None
    line_items: tuple[PricedLine, ...] | None = None
    refunds: list[RefundBody] | None = None


class ConsentBody(Loose):
    """customers_email_marketing_consent/update; of customers_marketing_consent/update (text messages) nothing."""

    customer_id: Id | None = None
    id: Id | None = None
    email_address: str | None = None
    email_marketing_consent: EmailConsent | None = None


class DeletedBody(Loose):
    """customers/delete."""

    id: Id


class Subject(Loose):
    """Whom a compliance topic is about."""

    id: Id | None = None
    email: str | None = None


class SubjectBody(Loose):
    """customers/redact, customers/data_request; about nobody, if the shop knows nobody any more."""

    customer: Subject | None
