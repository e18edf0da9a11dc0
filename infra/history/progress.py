"""The progress of an import, so that a stopped one can continue, and the name that identifies the import."""

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec


@dataclass
class ImportProgress:
    """The progress in a file: the last imported line, and the counts of all rows so far.

    ``report`` is the file of the rejected rows, and the number of its bytes about these rows.
    """

    line: int = 0
    rows: int = 0
    stored: int = 0
    rejected: int = 0
    examples: list[str] = field(default_factory=list)
    report: tuple[str, int] | None = None


def progress_of(saved: Any) -> ImportProgress:
    """Saved progress, from JSON or plain Python; that of a new import if nothing valid was saved."""
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
