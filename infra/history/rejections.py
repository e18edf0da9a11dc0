"""The file that lists the rejected rows of an import, as CSV: their lines, and the reasons, which quote cells."""

import csv
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO, cast

from infra.history.progress import ImportProgress
from infra.history.reading import ParsedRow
from infra.saved.private import private
from infra.terminal.console import complain


class RejectionReport:
    """The file; without a ``path`` nothing is written. An import that continues adds to the file it began."""

    def __init__(self, path: Path | None, done: ImportProgress) -> None:
        self._path, self._done = path, done
        self._file: TextIO | None = None

    def __enter__(self) -> "RejectionReport":
        """Raises ``OSError``."""
        if self._path is None:
            return self
        size = self._valid_size()
        mode = "w" if size is None else "r+"
        self._file = cast(TextIO, open(self._path, mode, newline="", encoding="utf-8", opener=private))
        if size is None:
            csv.writer(self._file).writerow(["line", "reason"])
            if self._done.rejected:
                complain(f"{self._path}: it does not list the {self._done.rejected:,} rows that were rejected before")
        else:
            self._file.truncate(size)  # these rows were reported, but their batch was not finished: they are read again
            self._file.seek(size)
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    def write(self, rejected: Iterable[ParsedRow]) -> None:
        """Add these rows."""
        if self._file:
            csv.writer(self._file).writerows((each.line, each.reason) for each in rejected)
            self._file.flush()

    def place(self) -> tuple[str, int] | None:
        """The file, and its size in bytes."""
        if self._file is None or self._path is None:
            return None
        return str(self._path.resolve()), os.fstat(self._file.fileno()).st_size

    def _valid_size(self) -> int | None:
        """The number of bytes of the file about the imported rows; None if it is another file."""
        if self._path is None or self._done.report is None or not self._path.is_file():
            return None
        name, size = self._done.report
        return size if name == str(self._path.resolve()) and size <= self._path.stat().st_size else None
