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
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.inbound import InboundFact
from chalicelib.sources.bodies.body import Body, FactBody
from chalicelib.sources.decoding import decoded
from chalicelib.sources.reading.payloads import lenient

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


_Facts = Annotated[list[AnyFact], Meta(min_length=1, max_length=MOST_FACTS)]


class FactsBody(Body):
    """Several facts at once, stored in their order."""

    facts: _Facts


class _EachAlone(Body):
    facts: Annotated[list[msgspec.Raw], Meta(min_length=1, max_length=MOST_FACTS)]


_JustAList = Annotated[list[msgspec.Raw], Meta(min_length=1, max_length=MOST_FACTS)]


class Unread(NamedTuple):
    """A fact that does not fit; ``kind`` is empty if that is unknown."""

    kind: str
    error: InvalidFact


def fact_of(body: bytes | str, now: datetime | None = None) -> InboundFact:
    """The one fact in a body. Raises ``InvalidFact``, also for a time ahead of ``now`` if that is given."""
    found: FactBody = decoded(body, AnyFact)
    return found.fact("$") if now is None else found.fact_by(now, "$")


def facts_of(body: bytes, now: datetime) -> list[InboundFact]:
    """The facts in a request's body: one fact, a list of them, or ``{"facts": [...]}``.

    Raises ``InvalidFact`` if one is invalid, or has a time ahead of ``now``.
    """
    found = each_of(body, now)
    if invalid := next((each for each in found if isinstance(each, Unread)), None):
        raise invalid.error
    return [each for each in found if not isinstance(each, Unread)]


def each_of(body: bytes, now: datetime | None) -> list[InboundFact | Unread]:
    """As ``facts_of``, but the good ones count; without ``now`` any time is good.

    Raises ``InvalidFact`` for what is no body of facts.
    """
    if body.lstrip().startswith(b"["):
        path, found = "$", decoded(body, _JustAList)
    elif _has_several(body):
        path, found = "$.facts", decoded(body, _EachAlone).facts
    else:
        return [_one_of(body, now, "$")]
    return [_one_of(each, now, f"{path}[{index}]") for index, each in enumerate(found)]


def _one_of(raw: bytes | msgspec.Raw, now: datetime | None, path: str) -> InboundFact | Unread:
    try:
        found: FactBody = decoded(raw, AnyFact, path)
        return found.fact(path) if now is None else found.fact_by(now, path)
    except InvalidFact as error:
        return Unread(_kind_in(raw), error)


def _kind_in(body: bytes | msgspec.Raw) -> str:
    """The kind of a fact that does not fit; empty if that is unknown."""
    kind = (lenient(body, dict[str, Any]) or {}).get("type")
    return kind if isinstance(kind, str) and kind in BODIES else ""


def schemas(ref_template: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """JSON Schema of a body of ``facts_of``, and the components that it refers to."""
    kinds = (FactsBody, AnyFact, _Facts)
    forms, components = msgspec.json.schema_components(kinds, ref_template=ref_template)
    return {"anyOf": list(forms)}, components


def _has_several(body: bytes) -> bool:
    found: dict[str, msgspec.Raw] = decoded(body, dict[str, msgspec.Raw])
    return "facts" in found
