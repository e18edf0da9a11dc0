"""The customers, and what happened to each: what the shop knows of them, their standing, their time line."""

from collections.abc import Mapping

from chalicelib import wiring
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.facts.known import Facts
from chalicelib.domain.standing.standing import Standing
from chalicelib.services.timeline import timeline
from infra.demo.people import Person
from infra.demo.simulation import Simulation
from infra.demo.web import numbered, page
from infra.web.server import Reply, Request


def customers_page(shop: Simulation, request: Request, shared: Mapping[str, object]) -> Reply:
    """A page of the customers whose name, address or number fits the search."""
    text = request.query.get("q", "").strip()
    found = [who for who in shop.people if _fits(who, text.casefold())]
    shown, place = numbered(found, request.query.get("page", ""))
    rows = [(who, key, _standing(key)) for who in shown if (key := shop.key_of(who))]
    return page("customers", {**shared, **place, "rows": rows, "q": text})


def customer_page(key: str, shared: Mapping[str, object]) -> Reply | None:
    """Everything about one customer; None for a key that is nobody's."""
    facts, engagement = wiring.commerce().facts(key), wiring.engagement().customer(key)
    if not facts.customer.email:
        return None
    known = {
        "key": key,
        "customer": facts.customer,
        "zone": facts.customer.zone or wiring.settings().policy.zone,
        "consent": _consent(facts),
        "standing": engagement.standing or Standing(),
        "segments": sorted(engagement.segments),
        "entries": timeline(facts, engagement),
    }
    return page("customer", {**shared, **known})


def _standing(key: str) -> Standing:
    return wiring.engagement().customer(key).standing or Standing()


def _consent(facts: Facts) -> str:
    consent = facts.consent(Purpose.MARKETING)
    if consent is None:
        return "never asked"
    return f"{'given' if consent.given else 'refused'} on {consent.at:%d %b %Y}, through {consent.source}"


def _fits(who: Person, text: str) -> bool:
    return not text or any(text in each.casefold() for each in (who.name, who.email, who.id))
