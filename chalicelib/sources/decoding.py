"""JSON as typed objects: anything invalid is one ``InvalidFact`` with the field's path, without the value itself."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.rejection import IS_UNKNOWN
from chalicelib.sources.fields import EXPECTED

T = TypeVar("T")
_DESCRIPTIONS = {repr(pattern): words for pattern, words in EXPECTED.items()}

_ESCAPE = re.compile(rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|u[dD][89a-fA-F]..|.)", re.DOTALL)
"""Each escape of a JSON text: two halves of a character together, a half alone, or any other."""
_HALF = 6
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
"""The texts of a JSON text, and what opens and closes a list or an object."""
DEEPEST = 100
"""Lists and objects in one another: what lies deeper is read as null, since the decoder cannot read it."""


def decoded(body: bytes | str | msgspec.Raw, kind: Any, path: str = "$") -> Any:
    """JSON as this type; raises ``InvalidFact`` with the path of the invalid field. ``path`` is the body's own.

    Half a character is none, and is read as U+FFFD: JavaScript leaves one where it cuts a text within an emoji. What is
    nested too deep for the decoder is read as null, so that one such message costs no other one of its batch.
    """
    try:
        return read_by(lambda text: msgspec.json.decode(text, type=kind), body)
    except msgspec.ValidationError as error:
        problem, _, where = str(error).replace(" - at `key` in `", " - at `").partition(" - at `")
        missing = re.fullmatch(r"Object (?:missing required|contains unknown) field `(\w+)`", problem)
        field = path + where.rstrip("`").removeprefix("$")
        raise InvalidFact(f"{field}.{missing[1]}" if missing else field, _sentence(problem)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidFact(path, "expected JSON") from None


def read_by(decode: Callable[[bytes | str | msgspec.Raw], T], body: bytes | str | msgspec.Raw) -> T:
    """What ``decode`` makes of JSON, if need be of that without halves of characters and without what is too deep."""
    try:
        return decode(body)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, RecursionError):
        text = _ESCAPE.sub(_whole, body.encode(errors="surrogatepass") if isinstance(body, str) else bytes(body))
    try:
        return decode(text)
    except RecursionError:
        return decode(_shallow(text))


def _sentence(problem: str) -> str:
    if problem.startswith("Object missing required field"):
        return "is required"
    if problem.startswith("Object contains unknown field"):
        return IS_UNKNOWN
    if problem == "Invalid decimal string":
        return "expected a decimal number such as 12.50"
    if problem.startswith("Invalid ") and "'" in problem:  # it quotes the value
        return "expected one of the known values"
    if pattern := re.fullmatch("Expected `str` matching regex (.*)", problem):
        return f"expected {_DESCRIPTIONS.get(pattern[1], 'text in another format')}"
    return problem[0].lower() + problem[1:]


def _whole(escape: re.Match[bytes]) -> bytes:
    return b"\\ufffd" if len(escape[0]) == _HALF else escape[0]


def _shallow(text: bytes) -> bytes:
    """The same JSON with null for each list and object that is too deep."""
    kept: list[bytes] = []
    depth = start = 0
    for token in _TOKEN.finditer(text):
        if token[0] in (b"[", b"{"):
            depth += 1
            if depth == DEEPEST + 1:
                kept += text[start : token.start()], b"null"
        elif token[0] in (b"]", b"}"):
            depth -= 1
            if depth == DEEPEST:
                start = token.end()
    return b"".join((*kept, text[start:])) if depth <= DEEPEST else text
