"""The owner of a purchase, and the profile and consent in it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.consent import Consent
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.inbound import InboundFact, Person
from chalicelib.sources.fields import Time
from chalicelib.sources.reading import profiles, texts, times
from chalicelib.sources.shopify import SOURCE
from chalicelib.sources.shopify.parts import CustomerPart, EmailConsent, Purchase
from chalicelib.sources.webhook import WebhookRequest

_ACCOUNT = re.compile(r"gid://shopify/Customer/([0-9]{1,20})")
CONSENTS = {"subscribed": True, "unsubscribed": False, "redacted": False, "invalid": False}
"""The states of e-mail consent that allow or refuse mails; others (never asked, pending) do neither."""


def person(id: object, email: str | None, visitors: Sequence[str] = (), *, is_verified: bool | None = False) -> Person:
    """A person by Shopify's own id, if it is known, and a valid address."""
    own_id = None if id is None else str(id)
    return Person(SOURCE.name, own_id, texts.address(email), tuple(visitors), is_verified=is_verified is True)


def account_of(gid: str) -> str | None:
    """The id in a name such as ``gid://shopify/Customer/123``; None for anything else."""
    found = _ACCOUNT.fullmatch(gid)
    return found[1] if found else None


def buyer(body: Purchase, visitors: Sequence[str | None], email: str | None) -> Person:
    """Who a checkout or an order belongs to: a guest is known by the address they gave."""
    customer, known = body.known_customer, dict.fromkeys(visitor for visitor in visitors if visitor)
    if customer is None:
        return person(None, email, tuple(known))
    own = _own_address(customer)
    found = person(customer.id, own or email, tuple(known), is_verified=own is not None and customer.verified_email)
    return replace(found, is_typed=own is None)


def purchase_profile(
    path: str, body: Purchase, at: datetime, email: str | None, owner: Person, ticked: Consent | None = None
) -> list[InboundFact]:
    """The profile in a checkout or an order: what was typed in as of ``at``, and the customer's own, newer data.

    A customer's own address is theirs, whatever was typed in.

    ``ticked`` is the order's consent box, if it was ticked: an empty box withdraws nothing, and the consent in the
    customer's own data overrules the box.
    """
    place, customer = body.shipping_address or body.billing_address, body.known_customer
    own = _own_address(customer) if customer else None
    profile = profiles.profile(
        at,
        None if _has_own_consent(customer) else ticked,
        UNSET if own else texts.address(email) or UNSET,
        language=texts.language(body.customer_locale),
        country=texts.country(place.country_code if place else None),
    )
    if customer:
        since = times.moment_of(f"{path}.customer", customer, "updated_at") or at
        profile = profile.joined(customer_profile(f"{path}.customer", customer, since, own or UNSET))
    return profiles.profile_facts(owner, profile)


def customer_profile(path: str, body: CustomerPart, at: datetime, email: str | UnsetType | None) -> Customer:
    """The profile in a customer's own data."""
    place = body.default_address
    return profiles.profile(
        at,
        email_consent(path, body.email_marketing_consent, at) or _older_consent(path, body, at),
        email,
        name=texts.name(body.first_name, body.last_name),
        country=texts.country(place.country_code if place else None),
    )


def email_consent(path: str, body: EmailConsent | None, at: datetime) -> Consent | None:
    """Whether mails are allowed, as reported at ``at``; None if it is not stated.

    Only ``consent_updated_at`` is the consent's own time: any change of a customer reports their consent again.
    """
    state = _state(body)
    if body is None or state not in CONSENTS:
        return None
    since = times.moment_of(f"{path}.email_marketing_consent", body, "consent_updated_at")
    return Consent.reported(CONSENTS[state], since, at, SOURCE.name)


def _state(consent: EmailConsent | None) -> str:
    """The state of a consent: some of Shopify's APIs write it in capitals."""
    return (consent.state or "").lower() if consent else ""


def _own_address(customer: CustomerPart) -> str | None:
    return texts.address(customer.email or None)


def _has_own_consent(customer: CustomerPart | None) -> bool:
    """Whether the customer's own data state a consent: given, refused, or pending until they confirm by mail."""
    if customer is None:
        return False
    if consent := customer.email_marketing_consent:
        return _state(consent) in ("pending", *CONSENTS)
    return customer.accepts_marketing_updated_at is not None


def _older_consent(path: str, body: CustomerPart, at: datetime) -> Consent | None:
    """The consent in API versions before 2022. A refusal without a time means that the customer was never asked."""
    since = times.moment_of(path, body, "accepts_marketing_updated_at")
    if body.email_marketing_consent or body.accepts_marketing is None or not (body.accepts_marketing or since):
        return None
    return Consent.reported(body.accepts_marketing, since, at, SOURCE.name)


def triggered_at(request: WebhookRequest) -> datetime:
    """When it happened, by the header, for bodies without a time; never in the future."""
    try:
        at: Any = msgspec.convert(request.header("x-shopify-triggered-at"), Time)
        return min(times.moment("", at), request.at)
    except (msgspec.ValidationError, InvalidFact):
        return request.at


def within_second(at: datetime, request: WebhookRequest) -> datetime:
    """A time of whole seconds, more exactly by the header: two changes of one second are told apart.

    Nobody signs the header, so it moves nothing out of its second.
    """
    if at.microsecond or not request.header("x-shopify-triggered-at"):
        return at
    return at + min(max(triggered_at(request) - at, timedelta(0)), timedelta(milliseconds=999))
