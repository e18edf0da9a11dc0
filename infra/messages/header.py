"""The header of a message's Markdown file: ``key: value`` lines between two lines ``---``.

It looks like YAML and is simpler: a value is the rest of its line, so ``#1``, ``12:30``, ``no``, ``[광고]`` and
``{{ … }}`` mean themselves.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.messages.faults import fault

FENCE = "---"
KEYS = ("subject", "preview", "reason")
"""``subject``; ``preview``, the line that an inbox shows beside it; ``reason``, why a person gets a service message."""

_LINE_ENDS = re.compile("\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of the header, with its line in the file."""

    line: int
    value: str


@dataclass(frozen=True, slots=True)
class Source:
    """A message as its file has it. ``body`` begins with as many empty lines as the header has: its lines are the
    file's."""

    path: Path
    language: str
    header: Mapping[str, Entry]
    body: str


def read_source(path: Path) -> Source:
    """The message in ``<name>.<language>.md``; a file without a header is a text that other messages include.

    Raises ``TemplateError`` that names file and line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise fault(path, 1, "not UTF-8: save the file as UTF-8") from error
    lines = _LINE_ENDS.split(text)
    language = path.stem.rpartition(".")[2]
    if lines[0].rstrip() != FENCE:
        return Source(path, language, {}, "\n".join(lines))
    end = next((number for number, line in enumerate(lines[1:], 2) if line.rstrip() == FENCE), None)
    if end is None:
        raise fault(path, 1, f"the header has no closing line {FENCE!r}")
    return Source(path, language, _entries(path, lines[1 : end - 1]), "\n" * end + "\n".join(lines[end:]))


def _entries(path: Path, lines: list[str]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for number, line in enumerate(lines, 2):
        if not line.strip():
            continue
        key, colon, value = (part.strip() for part in line.partition(":"))
        if not colon or key not in KEYS:
            raise fault(path, number, f"expected one of {', '.join(f'{each}: …' for each in KEYS)}")
        if key in found:
            raise fault(path, number, f"a second {key}")
        if not value:
            raise fault(path, number, f"an empty {key}")
        found[key] = Entry(number, value)
    return found
