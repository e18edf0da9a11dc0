"""Where an import goes, and how it is kept there how far it is: in deployed tables, in a local machine, or nowhere."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import msgspec

from chalicelib import wiring
from chalicelib.domain.errors import RekindleError
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from infra.saved import state as local_state
from infra.saved.lock import alone
from infra.saved.restore import restored
from infra.saved.state import SavedHeader, read_header, version_of
from infra.terminal.problem import Problem

PLACES = Path(".rekindle")
READ_BY = "rekindle kpis and rekindle show read it"


@dataclass
class Done:
    """What is done of a file: up to which line, and how many rows that were, of the whole file.

    ``report`` is the file of the rejected rows and how many bytes of it tell of these rows.
    """

    line: int = 0
    rows: int = 0
    stored: int = 0
    rejected: int = 0
    examples: list[str] = field(default_factory=list)
    report: tuple[str, int] | None = None


class Target(Protocol):
    """Where rows go. ``told`` says it; ``begun`` is what was done before; ``is_kept``: so is what is done now."""

    told: str
    begun: Done
    is_kept: bool

    @property
    def problems(self) -> list[str]:
        """What went wrong there besides."""
        ...

    def reached(self, done: Done) -> None:
        """So much is stored."""
        ...

    def stop(self, done: Done) -> None:
        """It is to go on later."""
        ...

    def finish(self) -> None:
        """It is whole."""
        ...


class Nowhere:
    """A dry run."""

    told, is_kept = "Nothing was stored.", False

    def __init__(self) -> None:
        self.begun, self.problems = Done(), list[str]()

    def reached(self, done: Done) -> None:
        """Nothing is kept."""

    def stop(self, done: Done) -> None:
        """Nothing is kept."""

    def finish(self) -> None:
        """Nothing is kept."""


class Deployed:
    """The tables that the environment names: they have each row at once, and a file of its own tells how far it is."""

    is_kept = True

    def __init__(self, told: str, key: str) -> None:
        self.told, self.problems = told, list[str]()
        self._path = PLACES / f"import-{key}.json"
        self.begun = _done(self._path.read_bytes() if self._path.exists() else b"")

    def reached(self, done: Done) -> None:
        """Keep the place; a crash before leaves the one before, and what is stored again changes nothing."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps(asdict(done)), "utf-8")
        draft.replace(self._path)

    def stop(self, done: Done) -> None:
        """The place is kept already."""

    def finish(self) -> None:
        """There is no place to go on from any more."""
        self._path.unlink(missing_ok=True)


class Local:
    """A local machine, saved when the import stops or is whole: its tables and its place in one file, at once."""

    is_kept = True

    def __init__(self, machine: Machine, key: str, before: SavedHeader | None, version: tuple[int, ...] | None) -> None:
        """``before``: what is in the machine already. ``version``: of the file that will be replaced."""
        self._machine, self._key, self._version = machine, key, version
        self._places = {name: place for name, place in (before.places if before else {}).items() if name != key}
        self.begun = _done(before.places.get(key) if before else None)
        self.told = (
            f"Added to what the last local run left; {READ_BY}." if before else f"A new local machine; {READ_BY}."
        )

    @property
    def problems(self) -> list[str]:
        """The functions that failed."""
        return [f"{each.function} failed: {type(each.error).__name__}" for each in self._machine.failures]

    def reached(self, done: Done) -> None:
        """Let happen what the rows set going."""
        self._machine.pump()

    def stop(self, done: Done) -> None:
        """Save what is done, and the place."""
        self._save({**self._places, self._key: asdict(done)})

    def finish(self) -> None:
        """Save all of it."""
        self._save(self._places)

    def _save(self, places: Mapping[str, Any]) -> None:
        if version_of() != self._version:
            raise Problem(
                f"{local_state.STATE}: another command wrote it meanwhile; nothing was kept, so repeat this one"
            )
        local_state.save(places=places)


@contextmanager
def local(key: str, *, is_new: bool) -> Iterator[Local]:
    """What the last local run left, to add to; or a new machine, where nothing is left or ``is_new``.

    One that was begun as a new one is gone on with. The clock is this machine's, or the last run's where that is ahead.
    """
    with alone(local_state.STATE, "import"):
        version, now = version_of(), wiring.wall_clock()
        before = _begun_anew(key) if is_new else read_header()
        with restored(before, now=max(now, before.now)) if before else Machine(VirtualClock(now)) as machine:
            yield Local(machine, key, before, version)


def _begun_anew(key: str) -> SavedHeader | None:
    """What a run left that began this very import with empty tables."""
    try:
        before = read_header()
    except RekindleError:
        return None
    return before if before and key in before.places else None


def key_of(file: Path, *how: object) -> str:
    """What names an import: the file as it is now, into which tables it goes, and ``how``. Raises ``OSError``."""
    stat = file.stat()
    parts = (str(file.resolve()), stat.st_size, stat.st_mtime_ns, os.environ.get("COMMERCE_TABLE"), *how)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _done(kept: Any) -> Done:
    """A place as it was kept; the beginning, where there is none or nobody can read it."""
    try:
        return msgspec.json.decode(kept, type=Done) if isinstance(kept, bytes) else msgspec.convert(kept, Done)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return Done()
