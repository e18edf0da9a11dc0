"""Imports rows in batches, and counts the results."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from infra.history.progress import ImportProgress
from infra.history.reading import ParsedRow
from infra.history.rejections import RejectionReport
from infra.history.storing import store, suppress
from infra.history.targets import Target

BATCH = 500
"""The number of rows after which the progress is saved."""
EXAMPLES = 5
"""The number of rejected rows that the summary shows."""


@dataclass
class Importer:
    """Imports rows into a target. ``enrolls``: they may begin journeys. ``is_dry``: they are checked, not stored."""

    target: Target
    done: ImportProgress
    report: RejectionReport
    enrolls: bool = False
    is_dry: bool = False

    def batches(self, rows: Iterator[ParsedRow]) -> Iterator[ImportProgress]:
        """Import all rows; yields the progress after each batch. If the caller stops there, the import can continue."""
        for batch in iter(lambda: list(islice(rows, BATCH)), []):
            self._take(batch)
            self.target.reached(self.done)
            yield self.done
        self.target.finish()

    def _take(self, batch: list[ParsedRow]) -> None:
        rejected = [row for row in batch if row.reason]
        self.report.write(rejected)
        if not self.is_dry:
            self.done.stored += store([fact for row in batch for fact in row.facts], past=not self.enrolls)
            self.done.stored += suppress([row.address for row in batch if row.address])
        self.done.line, self.done.rows = batch[-1].line, self.done.rows + len(batch)
        self.done.rejected += len(rejected)
        examples = rejected[: EXAMPLES - len(self.done.examples)]
        self.done.examples += [f"line {row.line}: {row.reason}" for row in examples]
        self.done.report = self.report.place()
