"""The topics that Shopify requires of every app: requests for data and for erasure, and the end of a shop."""

from chalicelib.domain.facts.inbound import ErasureRequest, Person
from chalicelib.sources.decoding import decoded
from chalicelib.sources.reading.payloads import Id, JsonObject
from chalicelib.sources.shopify import people
from chalicelib.sources.webhook import DataRequest, ShopClosed, WebhookItem, WebhookRequest


class Subject(JsonObject):
    """Who a request is about."""

    id: Id | None = None
    email: str | None = None


class SubjectBody(JsonObject):
    """customers/redact, customers/data_request; the customer is null if the shop does not know them any more."""

    customer: Subject | None


def redact(request: WebhookRequest) -> list[WebhookItem]:
    """A customer requests erasure."""
    return [ErasureRequest(person) for person in _subjects(request)]


def data_request(request: WebhookRequest) -> list[WebhookItem]:
    """A customer requests their data."""
    return [DataRequest(person) for person in _subjects(request)]


def shop_closed(request: WebhookRequest) -> list[WebhookItem]:
    """The shop left Shopify."""
    return [ShopClosed()]


def _subjects(request: WebhookRequest) -> list[Person]:
    body: SubjectBody = decoded(request.body, SubjectBody)
    return [people.person(body.customer.id, body.customer.email)] if body.customer else []
