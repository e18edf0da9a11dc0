"""The file that a local run writes: a header with the time and the settings, and all items of the three tables.

It is gzipped JSON, one value per line: the header, then ``[table, item]`` for each item. The places of unfinished
imports are in the header, so that a command that replaces the tables replaces the places too.
"""

import gzip
import json
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from chalicelib.adapters.dynamodb.table import Plain
from chalicelib.adapters.secrets import IDENTITY
from chalicelib.domain.errors import RekindleError
from chalicelib.domain.time import from_text, to_text
from infra.saved.private import make_private, private
from infra.terminal.problem import Problem

STATE = Path(".rekindle") / "state.json.gz"
FORMAT = "rekindle state 1"
TABLES = ("COMMERCE_TABLE", "ENGAGEMENT_TABLE", "KPIS_TABLE")
NAMES = ("commerce", "engagement", "kpis")

Row = tuple[str, Plain]
"""The name of a table, and one of its items."""


@dataclass(frozen=True)
class SavedHeader:
    """When a local run ended and with which settings it ran.

    ``now``: its virtual clock, UTC. ``identity_key``: hexadecimal. ``zone``: the shop's time zone. ``places``: the
    places of unfinished imports. ``version`` differs for every written file.
    """

    now: datetime
    identity_key: str
    zone: str
    lanes: int
    places: Mapping[str, Any]
    version: tuple[int, ...]

    @property
    def settings(self) -> Mapping[str, str]:
        """The environment variables that a machine needs to continue the run."""
        return {"SHOP_ZONE": self.zone}

    @property
    def keys(self) -> Mapping[str, str]:
        """The secrets that a machine needs to continue the run, by name."""
        return {IDENTITY: self.identity_key}


def is_deployed(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the environment names deployed tables: commands then use those instead of the saved ones."""
    return any(environment.get(name) for name in TABLES)


def read_header(path: Path = STATE) -> SavedHeader | None:
    """The header of the saved tables; ``None`` without a file. Raises ``RekindleError`` when it cannot be read."""
    if version_of(path) is None:
        return None
    with reading(path) as (header, _):
        return header


def require_header(path: Path = STATE) -> SavedHeader:
    """The header of the saved tables; raises ``Problem`` without a file, ``RekindleError`` if it cannot be read."""
    if (header := read_header(path)) is None:
        raise Problem(
            "no local run is saved: run rekindle demo, replay, import or serve first, or name a stack with --stack NAME"
        )
    return header


def version_of(path: Path = STATE) -> tuple[int, ...] | None:
    """A value that differs between two versions of the file; ``None`` without a file."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


@contextmanager
def reading(path: Path) -> Iterator[tuple[SavedHeader, Iterator[Row]]]:
    """The header, and the items one at a time with their tables; raises ``RekindleError`` if they cannot be read."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        with _expected(path):
            header = _header(json.loads(next(file, "null")), version_of(path) or ())
        yield header, _rows(path, file)


def _rows(path: Path, file: Iterable[str]) -> Iterator[Row]:
    with _expected(path):
        for table, item in map(json.loads, file):
            if table not in NAMES:
                raise ValueError(f"unknown table {table!r}")
            yield table, item


@contextmanager
def _expected(path: Path) -> Iterator[None]:
    """Inside, the file is read and nothing else is done: each error says that it holds something else."""
    try:
        yield
    except (ValueError, EOFError, gzip.BadGzipFile, zlib.error, KeyError, TypeError) as error:
        again = "run rekindle demo, rekindle replay or rekindle import --new"
        raise RekindleError(f"{path}: not a saved local run ({error}); {again}") from None


def save(path: Path = STATE, places: Mapping[str, Any] | None = None) -> None:
    """Write all items of the three tables that ``wiring`` uses: all or nothing. Raises ``OSError``.

    ``places``: the places of unfinished imports.
    """
    import app

    settings = app.parts.settings
    names = zip(NAMES, (settings.commerce_table, settings.engagement_table, settings.kpis_table), strict=True)
    header = {
        "format": FORMAT,
        "now": to_text(app.parts.now()),
        "identity_key": app.parts.identity.secret.hex(),
        "zone": settings.policy.zone,
        "lanes": settings.lanes,
        "places": dict(places or {}),
    }
    _write(path, chain([header], ([table, item] for table, name in names for item in app.parts.table(name).scan())))


def _write(path: Path, lines: Iterable[Any]) -> None:
    """Write a second file and rename it: if this is interrupted, the first one is unchanged."""
    make_private(path.parent)
    draft = path.with_name(path.name + ".new")
    with open(draft, "wb", opener=private) as file:
        try:
            with gzip.open(file, "wt", encoding="utf-8", compresslevel=3) as text:
                for line in lines:
                    text.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
            file.flush()
            os.fsync(file.fileno())
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise


def _header(found: Any, version: tuple[int, ...]) -> SavedHeader:
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError(f"it does not begin with {FORMAT!r}")
    return SavedHeader(
        from_text(found["now"]),
        found["identity_key"],
        found.get("zone", "UTC"),
        found.get("lanes", 4),
        found.get("places", {}),
        version,
    )
