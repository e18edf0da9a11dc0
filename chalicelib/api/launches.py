"""What the answer to a launch says: which tiers get which messages. Imported with the first launch."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.api.parts import GetParts
from chalicelib.domain.facts.inbound import Inbound, InboundFact
from chalicelib.domain.facts.launch import Launch

log = logging.getLogger("rekindle.launches")


def described(parts: GetParts, arrived: Iterable[Inbound]) -> Mapping[str, Any]:
    """``{"launches": {id: {tier: [message, …]}}}`` for the launches that arrived, as they were told; else nothing.

    They are stored already: a journey that cannot be run ahead is an error in the log, not in the answer.
    """
    facts = (each.fact for each in arrived if isinstance(each, InboundFact))
    launches = {fact.id: fact for fact in facts if isinstance(fact, Launch)}
    if not launches:
        return {}
    try:
        return {"launches": {name: parts().launch_messages(launch) for name, launch in launches.items()}}
    except Exception:
        log.exception("launch not described")
        return {}
