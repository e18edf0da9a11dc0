"""Digests of journeys' definitions, compared with ``workflows/digests.json``: a published version never changes.

The canonical form uses the vocabulary's own names, so that moving a module changes no digest: each step with its
fields, durations in microseconds, enumerations by member, events by name, functions by name with the values they close
over. A field that is ``None`` or empty is omitted, so that a new field of the vocabulary changes no older digest. The
body of a function is not part of it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import time, timedelta
from enum import Enum
from pathlib import Path
from types import FunctionType
from typing import Any

import workflows
from chalicelib.domain.errors import InvalidJourney, RekindleError
from chalicelib.domain.journeys.journey import Journey

PUBLISHED = Path(workflows.__file__).parent / "digests.json"
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Difference:
    """A definition that is not on the list, or differs from it; ``problem`` explains what to do."""

    journey: str
    digest: str
    is_new: bool

    @property
    def problem(self) -> str:
        """One line of text."""
        if self.is_new:
            line = f'"{self.journey}": "{self.digest}"'
            return f"{self.journey} is new: add {line} to workflows/digests.json (or run: rekindle validate --accept)"
        return (
            f"{self.journey} was published and has changed: restore it, and add your change as a new version "
            f"beside it in its folder's JOURNEYS"
        )


def name_of(journey: Journey) -> str:
    """The name of a version on the list, e.g. ``abandoned_cart@1``."""
    return f"{journey.key}@{journey.version}"


def digest(journey: Journey) -> str:
    """SHA-256 of the canonical form, in hexadecimal. Raises ``InvalidJourney`` for a value without a name."""
    try:
        form = json.dumps(canonical(journey), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    except ValueError as error:
        raise InvalidJourney(name_of(journey), str(error)) from None
    return hashlib.sha256(form.encode()).hexdigest()


def canonical(value: Any) -> Any:
    """A definition, or a part of one, as JSON that is the same in every run. Raises ``ValueError``."""
    match value:
        case Enum():
            return {"enum": f"{type(value).__qualname__}.{value.name}"}
        case None | bool() | int() | float() | str():
            return value
        case timedelta():
            return {"microseconds": value // _MICROSECOND}
        case time():
            return {"time": value.isoformat()}
        case FunctionType():
            return _function(value)
        case type():
            return {"event": value.__qualname__}
        case list() | tuple():
            return [canonical(each) for each in value]
        case Mapping():
            return {"map": {str(key): canonical(each) for key, each in value.items()}}
        case _ if is_dataclass(value):
            own = {field.name: getattr(value, field.name) for field in fields(value) if field.init}
            known = {name: canonical(each) for name, each in own.items() if each is not None and each not in ((), {})}
            return {"of": type(value).__qualname__, **known}
        case _:
            raise ValueError(f"a {type(value).__name__} cannot be part of a definition")


def published(path: Path = PUBLISHED) -> dict[str, str]:
    """The list of published versions. Raises ``RekindleError`` if it is malformed, ``OSError`` if it is missing."""
    try:
        listed = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise RekindleError(f"{path.name}: {error}") from None
    if not isinstance(listed, dict) or not all(isinstance(each, str) for each in listed.values()):
        raise RekindleError(f"{path.name}: expected one object of digests by journey and version")
    return listed


def differences(versions: Mapping[tuple[str, int], Journey], listed: Mapping[str, str]) -> list[Difference]:
    """Where the definitions and the list differ."""
    found = {name_of(journey): digest(journey) for journey in versions.values()}
    return [
        Difference(name, made, is_new=name not in listed) for name, made in found.items() if listed.get(name) != made
    ]


def accept(new: list[Difference], path: Path = PUBLISHED) -> None:
    """Add new definitions to the list; the ones on it are never changed."""
    listed = {each.journey: each.digest for each in new if each.is_new} | published(path)
    path.write_text(json.dumps(listed, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _function(function: FunctionType) -> dict[str, Any]:
    if "<lambda>" in function.__qualname__:
        raise ValueError("a function without a name cannot be pinned: define it with def")
    closed = [canonical(cell.cell_contents) for cell in function.__closure__ or ()]
    return {"function": function.__qualname__} | ({"with": closed} if closed else {})
