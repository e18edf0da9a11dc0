"""What a run on one machine left behind: all three tables in one file, and the stores to read them with afterwards.

The file is gzipped JSON, a line each: first what it is and when it was on the virtual clock, then ``[table, item]``.
"""

import gzip
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from chalicelib import wiring
from chalicelib.adapters.commerce import CommerceStore
from chalicelib.adapters.counters import CounterStore
from chalicelib.adapters.engagement import EngagementStore
from chalicelib.adapters.identity import Identity
from chalicelib.adapters.table import Key, Plain, Table
from chalicelib.domain.errors import RekindleError
from chalicelib.domain.local_time import from_text, to_text
from infra.console import Problem

STATE = Path(".rekindle") / "state.json.gz"
FORMAT = "rekindle state 1"
TABLES = ("COMMERCE_TABLE", "ENGAGEMENT_TABLE", "KPIS_TABLE")
LOCAL_IDENTITY_KEY = bytes.fromhex("3c" * 32)
"""The local machine's, no secret: it makes the snapshot's customers findable by address."""


@dataclass(frozen=True)
class Stores:
    """Where the figures and the customers are read: the deployed tables, or what a local run left."""

    commerce: CommerceStore
    engagement: EngagementStore
    counters: CounterStore
    now: datetime
    origin: str


def save(path: Path = STATE) -> None:
    """Write all items of the three tables that ``wiring`` is joined to; raises ``OSError``. All of it, or nothing."""
    settings = wiring.settings()
    names = zip(
        ("commerce", "engagement", "kpis"),
        (settings.commerce_table, settings.engagement_table, settings.kpis_table),
        strict=True,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    with gzip.open(draft, "wt", encoding="utf-8", compresslevel=3) as file:
        _write(file, {"format": FORMAT, "now": to_text(wiring.now()), "identity_key": settings.identity_key.hex()})
        for table, name in names:
            for item in Table(name).scan():
                _write(file, [table, item])
    draft.replace(path)


def stores(path: Path = STATE, environment: Mapping[str, str] = os.environ) -> Stores:
    """The deployed tables where the environment names them, else what the last local run left; raises ``Problem``."""
    if any(environment.get(name) for name in TABLES):
        return Stores(wiring.commerce(), wiring.engagement(), wiring.counters(), wiring.now(), "the deployed tables")
    if not path.exists():
        raise Problem(
            "nothing to read yet: run rekindle demo or rekindle replay first (or set COMMERCE_TABLE and so on)"
        )
    header, tables = _read(path)
    commerce, engagement, kpis = (Snapshot(name, tables.get(name, ())) for name in ("commerce", "engagement", "kpis"))
    identity = Identity(bytes.fromhex(header["identity_key"]))
    origin = f"{path}, as of {header['now']}"
    return Stores(
        CommerceStore(commerce, identity),
        EngagementStore(engagement, 1),
        CounterStore(kpis),
        from_text(header["now"]),
        origin,
    )


class Snapshot(Table):
    """A table's items as they were saved, to be read and not changed."""

    def __init__(self, name: str, items: Iterable[Plain]) -> None:
        super().__init__(name)
        self._items: dict[str, dict[str, Plain]] = {}
        for item in items:
            self._items.setdefault(item["pk"], {})[item["sk"]] = item

    def get(self, key: Key) -> Plain | None:
        """One item."""
        return self._items.get(key["pk"], {}).get(key["sk"])

    def partition(self, pk: str, prefix: str | None = None) -> Iterator[Plain]:
        """All items of a partition (whose sort key begins with ``prefix``), in the order of their sort keys."""
        return (item for sk, item in sorted(self._items.get(pk, {}).items()) if sk.startswith(prefix or ""))

    def batch_get(self, keys: Sequence[Key]) -> list[Plain]:
        """The items with these keys that exist."""
        return [item for key in {(k["pk"], k["sk"]): k for k in keys}.values() if (item := self.get(key))]

    def scan(self, filter_prefix: str | None = None) -> Iterator[Plain]:
        """Every item (whose sort key begins with ``filter_prefix``)."""
        return (item for pk in self._items for item in self.partition(pk, filter_prefix))

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise Problem(f"what a local run left of {self.name} is for reading only")

    put = update = delete = index_page = batch_put = transact = _refuse


def _write(file: Any, value: Any) -> None:
    file.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")


def _read(path: Path) -> tuple[dict[str, Any], dict[str, list[Plain]]]:
    tables: dict[str, list[Plain]] = {}
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            header = json.loads(next(file, "null"))
            if not isinstance(header, dict) or header.get("format") != FORMAT:
                raise ValueError(f"it does not begin with {FORMAT!r}")
            for line in file:
                table, item = json.loads(line)
                tables.setdefault(table, []).append(item)
    except (ValueError, EOFError, gzip.BadGzipFile, KeyError, TypeError) as error:
        raise RekindleError(
            f"{path}: not what a local run leaves ({error}); run rekindle demo or rekindle replay again"
        ) from None
    return header, tables
