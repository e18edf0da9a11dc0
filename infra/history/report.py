"""The report of an import: the lines of the rows that were rejected, and why, as CSV."""

import csv
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from infra.history.importing import Taken
from infra.history.targets import Done
from infra.terminal.console import complain


class Report:
    """The file of the rejected rows' lines and reasons; one of an interrupted import is gone on with."""

    def __init__(self, path: Path | None, done: Done) -> None:
        self._path, self._done = path, done
        self._file: TextIO | None = None

    def __enter__(self) -> "Report":
        """Raises ``OSError``."""
        if self._path is None:
            return self
        kept = self._kept()
        self._file = self._path.open("w" if kept is None else "r+", newline="", encoding="utf-8")
        if kept is None:
            csv.writer(self._file).writerow(["line", "reason"])
            if self._done.rejected:
                complain(f"{self._path}: without the {self._done.rejected:,} rows that were rejected before")
        else:
            self._file.truncate(kept)  # what is behind was told, but not kept: it comes again
            self._file.seek(kept)
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    def write(self, rejected: Iterable[Taken]) -> None:
        """Tell these, too."""
        if self._file:
            csv.writer(self._file).writerows((each.line, each.reason) for each in rejected)
            self._file.flush()

    def place(self) -> tuple[str, int] | None:
        """The file, and how many bytes it has."""
        if self._file is None or self._path is None:
            return None
        return str(self._path.resolve()), os.fstat(self._file.fileno()).st_size

    def _kept(self) -> int | None:
        """How many bytes of the file are of the rows that are done; None when it is another file."""
        if self._path is None or self._done.report is None or not self._path.is_file():
            return None
        name, size = self._done.report
        return size if name == str(self._path.resolve()) and size <= self._path.stat().st_size else None
