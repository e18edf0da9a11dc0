"""The targets of an import, which save its progress: none (a dry run), deployed tables. ``local`` has the third."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

from infra.history.progress import ImportProgress, progress_of
from infra.saved.private import make_private, write_private

PROGRESS_FILES = Path(".rekindle")


class Target(Protocol):
    """The target of rows. ``summary`` describes it; ``begun`` is the progress of an earlier run of the same import."""

    summary: str
    begun: ImportProgress
    can_continue: bool
    """Whether a stopped import can continue later."""

    @property
    def problems(self) -> list[str]:
        """Failures other than rejected rows."""
        ...

    def reached(self, done: ImportProgress) -> None:
        """Called when these rows are stored."""
        ...

    def stop(self, done: ImportProgress) -> None:
        """Called when the import stops here; it may continue later."""
        ...

    def finish(self) -> None:
        """Called when the import is complete."""
        ...


class Nowhere:
    """A dry run: nothing is stored or saved."""

    summary, can_continue = "Nothing was stored.", False

    def __init__(self) -> None:
        self.begun, self.problems = ImportProgress(), list[str]()

    def reached(self, done: ImportProgress) -> None:
        """Nothing to do."""

    def stop(self, done: ImportProgress) -> None:
        """Nothing to do."""

    def finish(self) -> None:
        """Nothing to do."""


class DeployedTables:
    """The tables that the environment names: each row is stored there at once, and the progress in a file here."""

    can_continue = True

    def __init__(self, summary: str, key: str) -> None:
        self.summary, self.problems = summary, list[str]()
        self._path = PROGRESS_FILES / f"import-{key}.json"
        self.begun = progress_of(self._path.read_bytes() if self._path.exists() else b"")

    def reached(self, done: ImportProgress) -> None:
        """Save the progress; after a crash before that, rows are stored again, which changes nothing."""
        make_private(self._path.parent)
        draft = self._path.with_suffix(".new")
        write_private(draft, json.dumps(asdict(done)))
        draft.replace(self._path)

    def stop(self, done: ImportProgress) -> None:
        """The progress is saved already."""

    def finish(self) -> None:
        """Delete the progress: the next import of this file begins at its first row."""
        self._path.unlink(missing_ok=True)
