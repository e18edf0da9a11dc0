"""Customers' accounts."""

from collections.abc import Sequence

from chalicelib.domain.facts.inbound import InboundFact, Person
from chalicelib.sources.decoding import decoded
from chalicelib.sources.reading import profiles, texts, times
from chalicelib.sources.webhook import WebhookItem, WebhookRequest
from chalicelib.sources.woocommerce import SOURCE
from chalicelib.sources.woocommerce.bodies import CustomerBody, DeletedBody


def customer(request: WebhookRequest) -> Sequence[WebhookItem]:
    """A profile."""
    body: CustomerBody = decoded(request.body, CustomerBody)
    created_at = times.moment_of("$", body, "date_created_gmt")
    email = texts.address(body.email)
    profile = profiles.profile(
        times.moment_of("$", body, "date_modified_gmt") or created_at or request.at,
        email=email,
        name=texts.name(body.first_name, body.last_name),
        country=texts.country(body.billing.country if body.billing else None),
    )
    return [InboundFact(profile, Person(SOURCE.name, str(body.id), email))]


def deleted(request: WebhookRequest) -> Sequence[WebhookItem]:
    """The customer has no address any more."""
    body: DeletedBody = decoded(request.body, DeletedBody)
    return [InboundFact(profiles.deleted(request.at, SOURCE.name), Person(SOURCE.name, str(body.id)))]
