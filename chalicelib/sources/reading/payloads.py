"""The bodies of shop systems' webhooks: only the fields that are used are declared, all others are ignored."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta, Raw

from chalicelib.domain.errors import InvalidFact
from chalicelib.sources.decoding import decoded
from chalicelib.sources.fields import BLANK, NO_SPACES
from chalicelib.sources.reading.repairs import repaired
from chalicelib.sources.webhook import WebhookRequest

Token = Annotated[str, Meta(pattern=NO_SPACES)]
"""An id without ``#``, which separates the parts of a key."""
OptionalToken = Annotated[str, Meta(pattern=BLANK)] | None
Id = Annotated[int, Meta(ge=0, le=2**63 - 1)] | Token
NULL = Raw(b"null")
NOTHING = (b"null", b'""', b"[]", b"false")


class Shape(NamedTuple):
    """What tells a topic's body from those of other topics, which one secret signs too: their names are not signed.

    ``has``: fields of which it has at least one; ``lacks``: those of others; ``only``: all that it may have;
    ``begins``: how the texts of fields begin, if they are there.
    """

    has: frozenset[str] = frozenset()
    lacks: frozenset[str] = frozenset()
    only: frozenset[str] | None = None
    begins: Mapping[str, str] = MappingProxyType({})

    def check(self, topic: str, body: bytes) -> None:
        """Raise ``InvalidFact`` if this is not a body of this topic."""
        fields: Any = decoded(body, dict[str, Raw])
        if len(fields) == 1:  # older versions wrap it
            (inner,) = fields.values()
            fields = lenient(inner, dict[str, Raw]) or fields
        has_more = self.only is not None and fields.keys() - self.only
        begins = ((lenient(fields.get(name, NULL), str), start) for name, start in self.begins.items())
        is_other = any(text is not None and not text.startswith(start) for text, start in begins)
        if has_more or is_other or (self.has and not self.has & fields.keys()) or self.lacks & fields.keys():
            raise InvalidFact("$", f"expected a body of {topic}")


class JsonObject(msgspec.Struct, kw_only=True):
    """A JSON object of which only these fields are read."""


def unwrapped(request: WebhookRequest, name: str, kind: Any) -> tuple[Any, str]:
    """The body of a request as this type, and its path: older versions wrap it as ``{"order": {...}}``.

    Raises ``InvalidFact``.
    """
    fields: Any = decoded(request.body, dict[str, Raw])
    path = f"$.{name}" if fields.keys() == {name} else "$"
    return repaired(fields[name] if path != "$" else request.body, kind, path, request.left_out.append), path


def optional(raw: Raw, kind: Any, path: str, report: Callable[[InvalidFact], object]) -> Any:
    """As ``repaired``, an object that may be missing: None if it is anything else, which is reported."""
    if bytes(raw) in NOTHING:
        return None
    if lenient(raw, dict[str, Raw]) is None:
        report(InvalidFact(path, "expected `object`"))
        return None
    return repaired(raw, kind, path, report)


def lenient(raw: bytes | Raw, kind: Any) -> Any:
    """An optional value as this type, None if it is anything else."""
    try:
        return decoded(raw, kind)
    except InvalidFact:
        return None
