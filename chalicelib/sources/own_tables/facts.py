"""Items of the shop's own tables, once they have the shape of ``POST /v1/facts``: the same types say what fits."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.inbound import InboundFact
from chalicelib.sources import bodies as schemas

_PROFILE = {"email": "email", "name": "name", "language": "language", "country": "country", "time_zone": "zone"}
"""The fields of a profile, as bodies name them and as ``Customer`` does."""


def incoming(body: Mapping[str, Any]) -> InboundFact:
    """The fact in a body; raises ``InvalidFact``. Of a profile, what the body leaves out is not told."""
    (found,) = schemas.facts_of(msgspec.json.encode(body))
    if not isinstance(found.fact, Customer):
        return found
    told = {ours: getattr(found.fact, ours) for name, ours in _PROFILE.items() if name in body}
    return replace(found, fact=Customer.told(found.fact.at, found.fact.consents, **told))
