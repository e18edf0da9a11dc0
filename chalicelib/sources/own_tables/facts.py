"""Converts bodies from the shop's own items to facts: the types of ``POST /v1/facts`` check them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.inbound import InboundFact
from chalicelib.sources import bodies
from chalicelib.sources.bodies.customer import PROFILE_FIELDS


def fact_of(body: Mapping[str, Any]) -> InboundFact:
    """The fact in a body; raises ``InvalidFact``. A field of a profile that the body does not have stays unchanged."""
    found = bodies.fact_of(msgspec.json.encode(body))
    if not isinstance(found.fact, Customer):
        return found
    known = {ours: getattr(found.fact, ours) for name, ours in PROFILE_FIELDS.items() if name in body}
    return replace(found, fact=Customer.reported(found.fact.at, found.fact.consents, **known))
