"""How far an import is, so that one that was stopped continues, and what names the import it belongs to."""

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec


@dataclass
class ImportProgress:
    """How much of a file is done: up to which line, and the counts of all its rows so far.

    ``report`` is the file of the rejected rows, and how many bytes of it are about these rows.
    """

    line: int = 0
    rows: int = 0
    stored: int = 0
    rejected: int = 0
    examples: list[str] = field(default_factory=list)
    report: tuple[str, int] | None = None


def progress_of(saved: Any) -> ImportProgress:
    """Progress as it was saved, as JSON or in plain Python; that of a new import where nothing valid was saved."""
    try:
        if isinstance(saved, bytes):
            return msgspec.json.decode(saved, type=ImportProgress)
        return msgspec.convert(saved, ImportProgress)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return ImportProgress()


def key_of(file: Path, *how: object) -> str:
    """The name of an import: the file as it is now, the tables it goes to, and ``how``. Raises ``OSError``."""
    stat = file.stat()
    parts = (str(file.resolve()), stat.st_size, stat.st_mtime_ns, os.environ.get("COMMERCE_TABLE"), *how)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
