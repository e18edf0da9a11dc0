"""What a run on one machine left behind: all three tables in one file, and the stores to read them with afterwards.

The file is gzipped JSON, a line each: first what it is and when it was on the virtual clock, then ``[table, item]``.
An import that Ctrl-C stopped has its place in the first line: whoever replaces the file replaces that as well.
"""

import gzip
import json
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn

import workflows
from chalicelib import wiring
from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.commerce import CommerceStore
from chalicelib.adapters.dynamodb.counters import CounterStore
from chalicelib.adapters.dynamodb.engagement import EngagementStore
from chalicelib.adapters.dynamodb.table import Key, Plain, Table
from chalicelib.adapters.identity import Identity
from chalicelib.domain.errors import Conflict, RekindleError
from chalicelib.domain.journeys.due import DueKey
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.time import from_text, to_text
from chalicelib.services.compose import codes_of
from infra.saved.lock import alone
from infra.stack import deployed
from infra.terminal.problem import Problem

STATE = Path(".rekindle") / "state.json.gz"
FORMAT = "rekindle state 1"
TABLES = ("COMMERCE_TABLE", "ENGAGEMENT_TABLE", "KPIS_TABLE")
NAMES = ("commerce", "engagement", "kpis")
LOCAL_IDENTITY_KEY = bytes.fromhex("3c" * 32)
"""The local machine's, no secret: it makes the snapshot's customers findable by address."""


@dataclass(frozen=True)
class Stores:
    """Where the figures and the customers are read: the deployed tables, or what a local run left.

    ``zone`` is the shop's; ``now`` is when a local run ended, on its virtual clock; ``origin`` says which it is.
    """

    commerce: CommerceStore
    engagement: EngagementStore
    counters: CounterStore
    now: datetime
    zone: str
    origin: str
    is_deployed: bool
    identity: Identity

    def codes_of(self, run: Enrollment) -> Iterator[str]:
        """Every coupon code that a run may have issued."""
        return codes_of(self.identity.secret, workflows.versions(), run)


def save(path: Path = STATE, places: Mapping[str, Any] | None = None) -> None:
    """Write all items of the three tables that ``wiring`` is joined to; raises ``OSError``. All of it, or nothing.

    ``places``: how far unfinished imports are.
    """
    settings = wiring.settings()
    names = zip(NAMES, (settings.commerce_table, settings.engagement_table, settings.kpis_table), strict=True)
    header = {
        "format": FORMAT,
        "now": to_text(wiring.now()),
        "identity_key": settings.identity_key.hex(),
        "zone": settings.policy.zone,
        "lanes": settings.lanes,
        "places": dict(places or {}),
    }
    _write(path, header, ([table, item] for table, name in names for item in Table(name).scan()))


def stores(path: Path = STATE, environment: Mapping[str, str] = os.environ) -> Stores:
    """The deployed tables where the environment names them, else what the last local run left; raises ``Problem``."""
    if is_deployed(environment):
        return _deployed(environment)
    header, tables = _read(path)
    return _saved(path, header, {name: Snapshot(name, tables.get(name, ())) for name in NAMES})


@contextmanager
def changing(path: Path = STATE, environment: Mapping[str, str] = os.environ) -> Iterator[Stores]:
    """The same, to be changed: what is changed of a local run's is written back at the end, all of it or nothing."""
    if is_deployed(environment):
        yield _deployed(environment)
        return
    _check_left(path)
    with alone(path, "erase, pause, resume or retry"):
        header, tables = _read(path)
        drafts = {name: Draft(name, tables.get(name, ())) for name in NAMES}
        yield _saved(path, header, drafts)
        if any(draft.is_changed for draft in drafts.values()):
            _write(path, header, ([name, item] for name, draft in drafts.items() for item in draft.scan()))


def is_deployed(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the environment names tables that are not this machine's own."""
    return any(environment.get(name) for name in TABLES)


def _deployed(environment: Mapping[str, str]) -> Stores:
    stack = environment.get(deployed.VARIABLE)
    return Stores(
        wiring.commerce(),
        wiring.engagement(),
        wiring.counters(),
        wiring.now(),
        wiring.settings().policy.zone,
        f"the stack {stack}" if stack else "the deployed tables",
        is_deployed=True,
        identity=wiring.identity(),
    )


def _saved(path: Path, header: Mapping[str, Any], tables: Mapping[str, Table]) -> Stores:
    identity = Identity(bytes.fromhex(header["identity_key"]))
    return Stores(
        CommerceStore(tables["commerce"], identity, wiring.id_sources),
        SavedEngagement(tables["engagement"], header.get("lanes", 4)),
        CounterStore(tables["kpis"]),
        from_text(header["now"]),
        header.get("zone", "UTC"),
        f"{path}, as of {header['now']}",
        is_deployed=False,
        identity=identity,
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

    _refused: Any = _refuse
    put = update = delete = index_page = batch_put = transact = _refused


class Draft(Snapshot):
    """A table's items as they were saved, to be changed: put and removed, without conditions."""

    is_changed = False

    def put(
        self,
        item: Mapping[str, Any],
        condition: str | None = None,
        values: Mapping[str, Any] | None = None,
        names: Mapping[str, str] | None = None,
    ) -> None:
        """Store a whole item."""
        if condition:
            self._refuse()
        self._items.setdefault(item["pk"], {})[item["sk"]] = dict(item)
        self.is_changed = True

    def batch_put(self, items: Sequence[Mapping[str, Any]]) -> None:
        """Store whole items, each over what was there."""
        for item in items:
            self.put(item)

    def delete_if(self, key: Key, condition: str, values: Mapping[str, Any]) -> None:
        """Remove an item; of the condition only what two items may differ in is looked at: nobody else writes here."""
        held = self.get(key) or {}
        if any(held.get(name) != values[f":{name}"] for name in ("customer",) if f":{name}" in values):
            raise Conflict(condition)
        self.delete(key)

    def batch_delete(self, keys: Sequence[Key]) -> None:
        """Remove items, as far as they are there."""
        for key in keys:
            self.delete(key)

    def delete(self, key: Key) -> None:
        """Remove an item, if it is there."""
        self.is_changed |= self._items.get(key["pk"], {}).pop(key["sk"], None) is not None


class SavedEngagement(EngagementStore):
    """Engagement as a local run left it: nobody else changes it, and it has no index."""

    def save(self, before: Enrollment, after: Enrollment) -> Enrollment:
        """Store a changed enrollment over ``before``; raises ``Conflict``."""
        held = self.enrollment(before.customer, before.id)
        if held is None or held.version != before.version:
            raise Conflict(before.id)
        saved = replace(after, version=before.version + 1)
        self._table.put(self._item(saved))
        return saved

    def upcoming(self, until: datetime) -> Iterator[DueKey]:
        """The keys of all that is due by ``until``, in no order."""
        return (key for key in self._waiting() if key.due_at <= to_text(until))

    def next_due(self, after: datetime) -> datetime | None:
        """When the first enrollment after that moment is due; None when none waits for longer."""
        times = [key.due_at for key in self._waiting() if key.due_at > to_text(after)]
        return from_text(min(times)) if times else None

    def _waiting(self) -> Iterator[DueKey]:
        items = self._table.scan(keys.ENROLLMENT)
        return (DueKey(item["pk"], item["sk"], item["due_at"]) for item in items if "due_at" in item)


def _write(path: Path, header: Mapping[str, Any], rows: Iterable[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    with gzip.open(draft, "wt", encoding="utf-8", compresslevel=3) as file:
        for line in chain([header], rows):
            file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
    draft.replace(path)


@contextmanager
def reading(path: Path) -> Iterator[tuple[dict[str, Any], Iterator[tuple[str, Plain]]]]:
    """The first line, and then the items with their tables, one at a time; raises ``RekindleError``."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            header = json.loads(next(file, "null"))
            if not isinstance(header, dict) or header.get("format") != FORMAT:
                raise ValueError(f"it does not begin with {FORMAT!r}")
            yield header, ((table, item) for table, item in map(json.loads, file))
    except (ValueError, EOFError, gzip.BadGzipFile, zlib.error, KeyError, TypeError) as error:
        again = "run rekindle demo, rekindle replay or rekindle import --new"
        raise RekindleError(f"{path}: not what a local run leaves ({error}); {again}") from None


def _check_left(path: Path) -> None:
    if not path.exists():
        raise Problem(
            "nothing to read yet: run rekindle demo, replay, import or serve first (for a deployed stack: --stack NAME)"
        )


def _read(path: Path) -> tuple[dict[str, Any], dict[str, list[Plain]]]:
    _check_left(path)
    tables: dict[str, list[Plain]] = {}
    with reading(path) as (header, items):
        for table, item in items:
            tables.setdefault(table, []).append(item)
    return header, tables
