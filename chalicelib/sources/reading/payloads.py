"""The bodies of shop systems' webhooks: only the fields that are used are declared, all others are ignored."""

import re
from collections.abc import Callable
from decimal import Decimal
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
NOTHING = (b"null", b'""', b"[]", b"false")
MOST_REPAIRS = 1000
EMPTY: tuple[Any, ...] = ("", [], {}, None)
"""What PHP and plug-ins write for nothing, besides ``false``."""
NO_TIMES = ("0000-00-00", "-0001-11-30")
"""How MySQL and PHP write that there is no time."""
IDS = frozenset(("int", "str"))
"""What an id may be: one of another type is an error, since ids identify and count."""
_EXPECTED = re.compile("expected `(.+?)`, got `")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_DECODE = msgspec.json.Decoder(float_hook=Decimal).decode
_ENCODE = msgspec.json.Encoder(decimal_format="number").encode


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
    return repaired(fields[name] if path != "$" else body, kind, path), path


def repaired(
    body: bytes | Raw, kind: Any, path: str = "$", report: Callable[[InvalidFact], object] = lambda _: None
) -> Any:
    """As ``decoded``, but what can be left out and is empty or of another type is left out.

    PHP writes an empty list for an object, and an empty text or ``false`` for what it does not have; plug-ins write
    numbers for texts, which are read. What is there and does not fit (a time that is none) is an error, and so is what
    is needed. ``report`` is told what did not fit.
    """
    try:
        return decoded(body, kind, path)
    except InvalidFact:
        value = _plain(body)
        if value is None:
            raise
    left_out: dict[str, InvalidFact] = {}
    for _ in range(MOST_REPAIRS):
        try:
            return decoded(_ENCODE(value), kind, path)
        except InvalidFact as error:
            if needed := left_out.get(error.field):
                raise needed from None
            if not _repair(value, error.field.removeprefix(path), error.problem):
                raise
            report(error)
            if not error.field.endswith("]"):  # what follows in a list moves up
                left_out[error.field] = error
    return decoded(_ENCODE(value), kind, path)


def optional(raw: Raw, kind: Any, path: str, report: Callable[[InvalidFact], object]) -> Any:
    """As ``repaired``, an object that may be missing: None if it is anything else, which is reported."""
    if bytes(raw) in NOTHING:
        return None
    if lenient(raw, dict[str, Raw]) is None:
        report(InvalidFact(path, "expected `object`"))
        return None
    return repaired(raw, kind, path, report)


def _plain(body: bytes | Raw) -> Any:
    """As dicts, lists and decimals; None if it is no JSON."""
    try:
        return _DECODE(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _repair(value: Any, field: str, problem: str) -> bool:
    """Leave out the field of a decoded value, or make a number the text that is expected; False if it may not be."""
    *way, last = (name or int(place) for name, place in _STEP.findall(field)) if field else (None,)
    for step in way:
        value = value[step]
    if last is None or (last not in value if isinstance(value, dict) else not isinstance(value, list)):
        return False
    found, expected = value[last], _EXPECTED.match(problem)
    kinds = frozenset(expected[1].split(" | ")) - {"null"} if expected else frozenset()
    if kinds == {"str"} and isinstance(found, int | Decimal) and not isinstance(found, bool):
        value[last] = str(found)
    elif kinds == {"array"} and isinstance(found, dict) and all(isinstance(each, dict) for each in found.values()):
        value[last] = list(found.values())  # PHP writes a list with gaps as an object
    elif not _is_id(last, kinds) or found is False or found in EMPTY or str(found).startswith(NO_TIMES):
        del value[last]
    else:
        return False
    return True


def _is_id(name: Any, kinds: frozenset[str]) -> bool:
    """Whether a field of these types identifies something: a text does if its name says so."""
    return kinds <= IDS and (kinds != {"str"} or str(name).rpartition("_")[2] in ("id", "token"))


def lenient(raw: bytes | Raw, kind: Any) -> Any:
    """An optional value as this type, None if it is anything else."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
