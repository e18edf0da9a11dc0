"""A lock (``requirements.txt``): the version of every library, and the hash of each file that it may come as."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.terminal.problem import PackagingProblem

_LINE = re.compile(r"([A-Za-z0-9._-]+)==([A-Za-z0-9._!+-]+)( ; .*?)?(( --hash=sha256:[0-9a-f]{64})+)")
"""Name, version, an environment marker (``sys_platform == 'win32'``), hashes."""


@dataclass(frozen=True)
class Pin:
    """One version of a library; ``hashes`` are the SHA-256 of its files, in hexadecimal."""

    version: str
    hashes: frozenset[str]


def pins(requirements: Path) -> dict[str, Pin]:
    """Every library of a lock, under its normal name.

    Raises ``PackagingProblem`` for a line that is not pinned or has no hash, and for a library that occurs twice.
    """
    found: dict[str, Pin] = {}
    for number, line in _logical_lines(requirements.read_text("utf-8")):
        read = _LINE.fullmatch(line)
        if read is None:
            expected = "expected name==version --hash=sha256:…"
            raise PackagingProblem(f"{requirements.name}:{number}: {expected}, got {line[:60]!r} (run `make lock`)")
        name = normal(read[1])
        if name in found:
            raise PackagingProblem(f"{requirements.name}:{number}: {name} is locked twice")
        found[name] = Pin(read[2], frozenset(read[4].replace("--hash=sha256:", "").split()))
    return found


def normal(name: str) -> str:
    """A library's name as the index of packages compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Each line with those that continue it, without comments; with the number of its first."""
    start, parts = 0, list[str]()
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.partition("#")[0].rstrip()
        start = start if parts else number
        parts.append(content.removesuffix("\\").strip())
        if not content.endswith("\\"):
            if whole := " ".join(filter(None, parts)):
                yield start, whole
            parts = []
