"""Customers: their profiles, their consent to mails, and that they were deleted."""

from msgspec import UNSET

from chalicelib.domain.facts.inbound import AccountsMerged, InboundFact, Person
from chalicelib.sources.reading import profiles, texts, times
from chalicelib.sources.reading.payloads import Id, JsonObject, unwrapped
from chalicelib.sources.reading.repairs import repaired
from chalicelib.sources.shopify import SOURCE, people
from chalicelib.sources.shopify.parts import CustomerPart, EmailConsent
from chalicelib.sources.webhook import WebhookItem, WebhookRequest

KEPT = "admin_graphql_api_customer_kept_id"
DONE = frozenset(("completed", "success"))
"""The status of a merge that was carried out."""


class CustomerBody(CustomerPart):
    """customers/create, customers/update."""

    id: Id


class ConsentBody(JsonObject):
    """customers_email_marketing_consent/update; nothing of customers_marketing_consent/update (text messages)."""

    customer_id: Id | None = None
    id: Id | None = None
    email_address: str | None = None
    email_marketing_consent: EmailConsent | None = None


class DeletedBody(JsonObject):
    """customers/delete."""

    id: Id


class MergedBody(JsonObject, rename={"kept": KEPT, "deleted": "admin_graphql_api_customer_deleted_id"}):
    """customers/merge."""

    kept: str
    deleted: str
    status: str


def customer(request: WebhookRequest) -> list[WebhookItem]:
    """A profile."""
    body, path = unwrapped(request, "customer", CustomerBody)
    at = times.moment_of(path, body, "updated_at") or times.moment_of(path, body, "created_at") or request.at
    email = body.email if body.email is UNSET else texts.address(body.email)
    owner = people.person(body.id, email or None, is_verified=body.verified_email)
    return [InboundFact(people.customer_profile(path, body, at, email), owner)]


def consent(request: WebhookRequest) -> list[WebhookItem]:
    """Whether mails are allowed."""
    body, path = unwrapped(request, "customer", ConsentBody)
    owner = people.person(body.customer_id if body.customer_id is not None else body.id, body.email_address)
    found = people.email_consent(path, body.email_marketing_consent, people.triggered_at(request))
    return [InboundFact(profiles.profile(found.at, found), owner)] if found else []


def deleted(request: WebhookRequest) -> list[WebhookItem]:
    """The customer has no address any more."""
    body, _ = unwrapped(request, "customer", DeletedBody)
    at = people.triggered_at(request)
    return [InboundFact(profiles.deleted(at, SOURCE.name), people.person(body.id, None), is_end=True)]


def merged(request: WebhookRequest) -> list[WebhookItem]:
    """Two accounts are one from now on; a merge that has only begun, or failed, tells nothing."""
    body: MergedBody = repaired(request.body, MergedBody, "$", request.left_out.append)
    kept, gone = people.account_of(body.kept), people.account_of(body.deleted)
    if body.status.lower() not in DONE or kept is None or gone is None:
        return []
    return [AccountsMerged(Person(SOURCE.name, kept, former=(gone,)))]
