"""The bodies of shop systems' webhooks: only the fields that are used are declared, all others are ignored."""

from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta, Raw

from chalicelib.domain.errors import InvalidFact
from chalicelib.sources.decoding import decoded
from chalicelib.sources.fields import BLANK, NO_SPACES

Token = Annotated[str, Meta(pattern=NO_SPACES)]
"""An id without ``#``, which separates the parts of a key."""
OptionalToken = Annotated[str, Meta(pattern=BLANK)] | None
Id = Annotated[int, Meta(ge=0, le=2**63 - 1)] | Token
NULL = Raw(b"null")


class Shape(NamedTuple):
    """What tells a topic's body from those of other topics, which one secret signs too: their names are not signed.

    ``has``: fields of which it has at least one; ``lacks``: those of others.
    """

    has: frozenset[str] = frozenset()
    lacks: frozenset[str] = frozenset()

    def check(self, topic: str, body: bytes) -> None:
        """Raise ``InvalidFact`` if this is not a body of this topic."""
        fields: Any = decoded(body, dict[str, Raw])
        if len(fields) == 1:  # older versions wrap it
            (inner,) = fields.values()
            fields = lenient(inner, dict[str, Raw]) or fields
        if (self.has and not self.has & fields.keys()) or self.lacks & fields.keys():
            raise InvalidFact("$", f"expected a body of {topic}")


class JsonObject(msgspec.Struct, kw_only=True):
    """A JSON object of which only these fields are read."""


def unwrapped(body: bytes, name: str, kind: Any) -> tuple[Any, str]:
    """The body as this type, and its path: older versions wrap it as ``{"order": {...}}``. Raises ``InvalidFact``."""
    fields: Any = decoded(body, dict[str, Raw])
    path = f"$.{name}" if fields.keys() == {name} else "$"
    return decoded(fields[name] if path != "$" else body, kind, path), path


def lenient(raw: bytes | Raw, kind: Any) -> Any:
    """An optional value as this type, None if it is anything else."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
