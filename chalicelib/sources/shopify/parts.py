"""Parts that several of Shopify's payloads share."""

from decimal import Decimal

from msgspec import UNSET, Raw, UnsetType

from chalicelib.sources.fields import Currency, Time
from chalicelib.sources.reading import amounts
from chalicelib.sources.reading.payloads import NULL, Id, JsonObject


class Price(JsonObject):
    """An amount in one currency."""

    amount: Decimal
    currency_code: Currency

    def minor(self, path: str) -> int:
        """Minor units; raises ``InvalidFact``."""
        return amounts.amount(path, self.amount, self.currency_code)


class PriceSet(JsonObject):
    """An amount in the shop's currency, in which figures are."""

    shop_money: Price


class Place(JsonObject):
    """An address: only its country is read."""

    country_code: str | None = None


class EmailConsent(JsonObject):
    """A customer's consent to marketing mails."""

    state: str | None = None
    consent_updated_at: Time | None = None


class CustomerPart(JsonObject):
    """A customer within a checkout or an order; one without an id is not read."""

    id: Id | None = None
    email: str | UnsetType | None = UNSET
    verified_email: bool | None = None
    first_name: str | None = None
    last_name: str | None = None
    created_at: Time | None = None
    updated_at: Time | None = None
    default_address: Place | None = None
    email_marketing_consent: EmailConsent | None = None
    accepts_marketing: bool | None = None
    accepts_marketing_updated_at: Time | None = None


class PricedLine(JsonObject):
    """A line of a checkout or an order. An invalid one does not make the order invalid."""

    product_id: Raw = NULL
    title: str | None = None
    quantity: Raw = NULL
    price: Raw = NULL


class Purchase(JsonObject):
    """The common fields of a checkout and an order."""

    email: str | None = None
    customer: CustomerPart | None = None
    customer_locale: str | None = None
    shipping_address: Place | None = None
    billing_address: Place | None = None
    line_items: tuple[PricedLine, ...] | UnsetType | None = UNSET

    @property
    def known_customer(self) -> CustomerPart | None:
        """Its customer, if there is one with an id."""
        return self.customer if self.customer and self.customer.id is not None else None
