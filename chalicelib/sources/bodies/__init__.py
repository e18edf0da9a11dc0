"""The bodies of ``POST /v1/facts``: one type a kind of fact. Anything invalid is an ``InvalidFact`` with its path.

Each kind has a module in this folder, with a ``FactBody``; it is found automatically.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import reduce
from importlib import import_module
from operator import or_
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

from chalicelib.domain.facts.inbound import InboundFact
from chalicelib.sources.bodies.body import Body, FactBody
from chalicelib.sources.decoding import decoded

MOST_FACTS = 100


def _found() -> Iterator[tuple[str, type[FactBody]]]:
    for path in sorted(Path(__file__).parent.glob("[!_]*.py")):
        for each in vars(import_module(f"{__name__}.{path.stem}")).values():
            if isinstance(each, type) and issubclass(each, FactBody) and (tag := each.__struct_config__.tag):
                yield str(tag), each


BODIES: Mapping[str, type[FactBody]] = MappingProxyType(dict(_found()))
"""The bodies of facts, by the kind that they have as their ``type``."""
if TYPE_CHECKING:
    AnyFact = FactBody
else:
    AnyFact = reduce(or_, BODIES.values())


class FactsBody(Body):
    """Several facts at once, stored in their order."""

    facts: Annotated[list[AnyFact], Meta(min_length=1, max_length=MOST_FACTS)]


def fact_of(body: bytes | str, now: datetime | None = None) -> InboundFact:
    """The one fact in a body. Raises ``InvalidFact``, also for a time ahead of ``now`` if that is given."""
    found: FactBody = decoded(body, AnyFact)
    return found.fact("$") if now is None else found.fact_by(now, "$")


def facts_of(body: bytes, now: datetime) -> list[InboundFact]:
    """The facts in a request's body: one fact, or ``{"facts": [...]}``.

    Raises ``InvalidFact`` if one is invalid, or has a time ahead of ``now``.
    """
    if not _has_several(body):
        return [fact_of(body, now)]
    found: FactsBody = decoded(body, FactsBody)
    return [fact.fact_by(now, f"$.facts[{index}]") for index, fact in enumerate(found.facts)]


def schemas(ref_template: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """JSON Schema of a body of ``facts_of``, and the components that it refers to."""
    (several, one), components = msgspec.json.schema_components((FactsBody, AnyFact), ref_template=ref_template)
    return {"anyOf": [several, one]}, components


def _has_several(body: bytes) -> bool:
    found = decoded(body, Any)
    return isinstance(found, dict) and "facts" in found
