"""Customers' accounts."""

from collections.abc import Sequence

from chalicelib.domain.facts.inbound import InboundFact, Person
from chalicelib.sources.reading import profiles, texts
from chalicelib.sources.reading.repairs import repaired
from chalicelib.sources.webhook import WebhookItem, WebhookRequest
from chalicelib.sources.woocommerce import SOURCE
from chalicelib.sources.woocommerce.bodies import CustomerBody, DeletedBody
from chalicelib.sources.woocommerce.values import time_of


def customer(request: WebhookRequest) -> Sequence[WebhookItem]:
    """A profile."""
    body: CustomerBody = repaired(request.body, CustomerBody, "$", request.left_out.append)
    at = time_of(body, "date_modified", request.zone) or time_of(body, "date_created", request.zone) or request.at
    email = texts.address(body.email)
    profile = profiles.profile(
        at,
        email=email,
        name=texts.name(body.first_name, body.last_name),
        country=texts.country(body.billing.country if body.billing else None),
    )
    return [InboundFact(profile, Person(SOURCE.name, SOURCE.account(body.id), email))]


def deleted(request: WebhookRequest) -> Sequence[WebhookItem]:
    """The customer has no address any more."""
    body: DeletedBody = repaired(request.body, DeletedBody, "$", request.left_out.append)
    return [InboundFact(profiles.deleted(request.at, SOURCE.name), Person(SOURCE.name, str(body.id)))]
