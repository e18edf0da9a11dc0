"""The saved tables in memory, read-only, for commands that only read."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NoReturn

from chalicelib.adapters.aws import Aws
from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.due import DueStore
from chalicelib.adapters.dynamodb.table import Key, Plain, Table
from chalicelib.domain.journeys.due import DueKey
from chalicelib.domain.time import from_text, to_text
from infra.terminal.problem import Problem


class SavedTable(Table):
    """The items of one table. It has no index, and refuses every write with a ``Problem``."""

    def __init__(self, name: str, items: Iterable[Plain]) -> None:
        super().__init__(name, Aws())
        self._items: dict[str, dict[str, Plain]] = {}
        for item in items:
            self._items.setdefault(item["pk"], {})[item["sk"]] = item

    def get(self, key: Key) -> Plain | None:
        """One item."""
        return self._items.get(key["pk"], {}).get(key["sk"])

    def partition(self, pk: str, prefix: str | None = None) -> Iterator[Plain]:
        """All items of a partition (with a sort key that begins with ``prefix``), in the order of their sort keys."""
        return (item for sk, item in sorted(self._items.get(pk, {}).items()) if sk.startswith(prefix or ""))

    def between(self, pk: str, first: str, last: str) -> Iterator[Plain]:
        """The items of a partition with sort keys from ``first`` to ``last``."""
        return (item for item in self.partition(pk) if first <= item["sk"] <= last)

    def batch_get(self, keys: Sequence[Key]) -> list[Plain]:
        """The items with these keys that exist."""
        return [item for key in {(k["pk"], k["sk"]): k for k in keys}.values() if (item := self.get(key))]

    def batch_get_some(self, keys: Sequence[Key]) -> tuple[list[Plain], list[Plain]]:
        """The items with these keys that exist; all are read."""
        return self.batch_get(keys), []

    def last(self, pk: str, prefix: str, limit: int) -> list[Plain]:
        """The last items of a partition whose sort keys begin with ``prefix``, the last one first."""
        return sorted(self.partition(pk, prefix), key=lambda item: str(item["sk"]), reverse=True)[:limit]

    def scan(self, filter_prefix: str | None = None) -> Iterator[Plain]:
        """Every item (with a sort key that begins with ``filter_prefix``)."""
        return (item for pk in self._items for item in self.partition(pk, filter_prefix))

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise Problem(f"the saved table {self.name} can only be read")

    def _lacks(self, *_: Any, **__: Any) -> NoReturn:
        raise Problem(f"the saved table {self.name} has no index: it is read whole")

    _refused: Any = _refuse
    put = update = delete = delete_if = batch_put = batch_delete = transact = _refused
    index_page: Any = _lacks


class SavedDue(DueStore):
    """The due enrollments of the saved tables; a scan replaces the index, which holds what has a lane."""

    def upcoming(self, until: datetime) -> Iterator[DueKey]:
        """The keys of all enrollments due by ``until``, in no order."""
        return (key for key in self._waiting() if key.due_at <= to_text(until))

    def next_due(self, after: datetime) -> datetime | None:
        """When the first enrollment after that time is due; None if there is none."""
        times = [key.due_at for key in self._waiting() if key.due_at > to_text(after)]
        return from_text(min(times)) if times else None

    def _waiting(self) -> Iterator[DueKey]:
        items = self._table.scan(keys.ENROLLMENT)
        return (DueKey(item["pk"], item["sk"], item["due_at"]) for item in items if "lane" in item)
