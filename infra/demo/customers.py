"""The customers' pages: each customer's profile, standing and timeline."""

from collections.abc import Mapping

from werkzeug.wrappers import Request, Response

import app
from chalicelib.domain.channel import Channel
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.standing.standing import Standing
from chalicelib.services.timeline import timeline
from infra.demo.people import DemoCustomer
from infra.demo.rendering import numbered, page
from infra.demo.simulation import Simulation


def customers_page(shop: Simulation, request: Request, shared: Mapping[str, object]) -> Response:
    """A page of the customers with the search text in their name, address or number."""
    text = request.args.get("q", "").strip()
    found = [customer for customer in shop.people if _matches(customer, text.casefold())]
    shown, place = numbered(found, request.args.get("page", ""))
    rows = [(customer, key, _standing(key)) for customer in shown if (key := shop.key_of(customer))]
    return page("customers", {**shared, **place, "rows": rows, "q": text})


def customer_page(key: str, shared: Mapping[str, object]) -> Response | None:
    """Everything about one customer; None for an unknown key."""
    facts, engagement = app.parts.facts.of(key), app.parts.engagement.of(key)
    if not (email := facts.customer.address(Channel.EMAIL)):
        return None
    address = app.parts.identity.address_hash(email)
    known = {
        "key": key,
        "customer": facts.customer,
        "zone": facts.customer.zone or app.parts.settings.policy.zone,
        "consent": _consent(facts),
        "standing": engagement.standing or Standing(),
        "segments": sorted(engagement.segments),
        "entries": timeline(facts, engagement, app.parts.suppressions.status(address), app.parts.credits.of(key)),
    }
    return page("customer", {**shared, **known})


def _standing(key: str) -> Standing:
    return app.parts.engagement.of(key).standing or Standing()


def _consent(facts: Facts) -> str:
    consent = facts.consent(Purpose.MARKETING)
    if consent is None:
        return "never asked"
    return f"{'given' if consent.given else 'refused'} on {consent.at:%d %b %Y}, through {consent.source}"


def _matches(customer: DemoCustomer, text: str) -> bool:
    return not text or any(text in each.casefold() for each in (customer.name, customer.email, customer.id))
