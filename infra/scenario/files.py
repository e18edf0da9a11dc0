"""Reads the stories of a file and checks all that can be checked before one is played."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from chalicelib.domain.errors import InvalidSetting, RekindleError
from chalicelib.domain.time import from_text
from infra.scenario.checks import wrong_in
from infra.scenario.story import ACTIONS, Story
from infra.scenario.suggestion import meant
from infra.scenario.yaml_text import Document, NotYaml, documents
from infra.scenario.yaml_text import Path as Place

_PATH = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
SOME = "..."
"""msgspec's word for a value of a mapping, in place of its key."""


class StoryFault(RekindleError):
    """The file itself is wrong; the message names file, line and field."""


@dataclass(frozen=True)
class StoryFile:
    """One story of a file, and the lines of its steps."""

    path: Path
    story: Story
    document: Document

    @property
    def title(self) -> str:
        """Its name, or else its place."""
        return self.story.name or f"line {self.document.line_of(())}"

    def line(self, step: int) -> int:
        """The line where a step begins; steps count from 0."""
        return self.document.line_of(("steps", step))

    def fault(self, place: Place, problem: str) -> StoryFault:
        """A fault of this story at a part of it."""
        return _fault(self.path, self.document.line_of(place), place, problem)

    def setting_fault(self, place: Place, error: InvalidSetting) -> StoryFault:
        """The fault that one of the settings at this part is invalid."""
        name, _, problem = str(error).partition(" ")
        return self.fault((*place, name.rstrip(":")), problem)

    @property
    def begin(self) -> datetime:
        """When it begins, UTC."""
        return from_text(self.story.start)


def read(path: Path) -> list[StoryFile]:
    """All stories of a file. Raises ``StoryFault`` or ``OSError``."""
    try:
        found = documents(path.read_text("utf-8"))
    except UnicodeDecodeError:
        raise _fault(path, 1, (), "expected text in UTF-8") from None
    except NotYaml as error:
        raise _fault(path, error.line, (), str(error)) from None
    if not found:
        raise _fault(path, 1, (), "expected a story, got nothing")
    return [_story(path, document) for document in found]


def _story(path: Path, document: Document) -> StoryFile:
    try:
        story = msgspec.convert(document.value, Story)
    except msgspec.ValidationError as error:
        problem, _, where = str(error).partition(" - at `")
        place = _with_keys(document.value, _place(where.rstrip("`")), str(error))
        if unknown := re.search(r"unknown field `(.+)`", problem):
            place = (*place, unknown[1])
            problem = f"unknown field{meant(unknown[1], _fields(place))}"
        raise _fault(path, document.line_of(place), place, problem.replace("`", "")) from None
    read = StoryFile(path, story, document)
    for place, problem in wrong_in(story, path.parent):
        raise read.fault(place, problem)
    return read


def _fields(place: Place) -> Iterable[str]:
    """The names that are known where an unknown one was found."""
    if len(place) == 1:
        return Story.__struct_encode_fields__
    return (*ACTIONS, "answer") if place[0] == "steps" and len(place) == 3 else ()


def _place(path: str) -> Place:
    """``$.steps[3].wait`` as a place."""
    return tuple(int(number) if number.isdigit() else name or number for name, number in _PATH.findall(path))


def _with_keys(value: Any, place: Place, error: str) -> Place:
    """The place with the keys of mappings: in each the first value that alone leads to this error."""
    while SOME in place:
        before, after = place[: place.index(SOME)], place[place.index(SOME) + 1 :]
        mapping = _at(value, before)
        alone = {key: _replaced(value, before, {key: mapping[key]}) for key in mapping}
        key = next(key for key, story in alone.items() if _error(story) == error)
        value, place = alone[key], (*before, key, *after)
    return place


def _error(value: Any) -> str | None:
    try:
        msgspec.convert(value, Story)
    except msgspec.ValidationError as error:
        return str(error)
    return None


def _at(value: Any, place: Place) -> Any:
    for part in place:
        value = value[part]
    return value


def _replaced(value: Any, place: Place, part: Any) -> Any:
    """The value with another part in this place; the old one stays as it is."""
    if not place:
        return part
    copy = value.copy()
    copy[place[0]] = _replaced(value[place[0]], place[1:], part)
    return copy


def _fault(path: Path, line: int, place: Place, problem: str) -> StoryFault:
    field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
    return StoryFault(f"{path}:{line}: {field + ': ' if field else ''}{problem}")
