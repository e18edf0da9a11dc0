"""The due index of the ``engagement`` table, and batches of due enrollments."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.adapters.dynamodb import circuits, items, keys, lanes
from chalicelib.adapters.dynamodb.items import MOVED
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.channel import Channel
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.journeys.circuit import Circuit
from chalicelib.domain.journeys.contacts import Contacts
from chalicelib.domain.journeys.due import DueBatch, DueKey, Unreadable, lane_name
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.time import from_text, to_text

KEYS_A_QUERY = 5000
"""The number of keys of the due index that one query returns: about 1 MB."""


class DueStore:
    """The due index in DynamoDB."""

    def __init__(self, table: Table, known: lanes.Lanes) -> None:
        self._table = table
        self._lanes = known

    def due(self, lane: str, now: datetime, limit: int) -> list[DueKey]:
        """The keys of the enrollments due in a lane at ``now``, oldest first."""
        found, _ = self._table.index_page(
            keys.DUE_INDEX, "lane = :lane AND due_at <= :now", {":lane": lane, ":now": to_text(now)}, limit
        )
        return [DueKey(item["pk"], item["sk"], item["due_at"]) for item in found]

    def upcoming(self, until: datetime) -> Iterator[DueKey]:
        """The keys of all enrollments due by ``until``: lane by lane, oldest first in each, read in pages."""
        for number in range(self._lanes.most()):
            values, start = {":lane": lane_name(number), ":until": to_text(until)}, None
            while True:
                found, start = self._table.index_page(
                    keys.DUE_INDEX, "lane = :lane AND due_at <= :until", values, KEYS_A_QUERY, start=start
                )
                yield from (DueKey(item["pk"], item["sk"], item["due_at"]) for item in found)
                if start is None:
                    break

    def next_due(self, after: datetime) -> datetime | None:
        """When the first enrollment after that time is due; None if there is none."""
        times: list[str] = []
        for number in range(self._lanes.most()):
            values = {":lane": lane_name(number), ":after": to_text(after)}
            found, _ = self._table.index_page(keys.DUE_INDEX, "lane = :lane AND due_at > :after", values, 1)
            times += [item["due_at"] for item in found]
        return from_text(min(times)) if times else None

    def batch(self, due: Sequence[tuple[str, str]], journeys: Iterable[str]) -> DueBatch:
        """The enrollments with these keys, their customers' contact histories, which ``journeys`` are paused, and the
        open circuits.
        """
        wanted = [{"pk": pk, "sk": sk} for pk, sk in due]
        wanted += [{"pk": pk, "sk": keys.CONTACTS} for pk in dict.fromkeys(pk for pk, _ in due)]
        wanted += [*(keys.pause(journey) for journey in journeys), *circuits.ALL]
        runs: list[Enrollment] = []
        moving: list[tuple[Enrollment, str]] = []
        contacts: dict[str, Contacts] = {}
        paused: set[str] = set()
        stopped: dict[Channel, Circuit] = {}
        unreadable: list[Unreadable] = []
        found, left = self._table.batch_get_some(wanted)
        if any(key["sk"] in (keys.PAUSE, keys.CIRCUIT) for key in left):
            raise Unavailable("which journeys are paused could not be read")
        skipped = {key["pk"] for key in left if key["sk"] == keys.CONTACTS}  # not now: they stay due
        broken: set[str] = set()
        for item in sorted(found, key=lambda each: each["sk"] != keys.CONTACTS):  # histories first
            try:
                if item["sk"] == keys.CONTACTS:
                    contacts[keys.customer_of(item["pk"])] = items.read(item["contacts"], Contacts)
                elif item["sk"] == keys.PAUSE:
                    paused.add(keys.paused_of(item["pk"]))
                elif item["sk"] == keys.CIRCUIT:
                    stopped |= circuits.circuits_of([item])
                elif item["pk"] in skipped:
                    continue
                elif item["pk"] in broken:
                    unreadable += _unreadable(item)
                elif MOVED not in item:
                    runs.append(items.enrollment_of(item))
                elif "state" in item:
                    moving.append((items.enrollment_of(item), item[MOVED]))
            except (ValueError, KeyError):
                broken.add(item["pk"])
                unreadable += _unreadable(item)
        return DueBatch(tuple(runs), tuple(moving), contacts, frozenset(paused), tuple(unreadable), stopped)

    def postpone(self, key: DueKey, until: datetime) -> None:
        """Let an enrollment that cannot be read be due later, unless it changed; each time is counted."""
        try:
            self._table.update(
                {"pk": key.pk, "sk": key.sk},
                "SET due_at = :until ADD postponed :one",
                "due_at = :due",
                {},
                {":until": to_text(until), ":due": key.due_at, ":one": 1},
            )
        except Conflict:
            return


def _unreadable(item: Mapping[str, Any]) -> list[Unreadable]:
    """A due enrollment that cannot be read; none if it is not due."""
    if "due_at" not in item:
        return []
    customer, run = keys.customer_of(item["pk"]), item["sk"].removeprefix(keys.ENROLLMENT)
    return [Unreadable(DueKey(item["pk"], item["sk"], item["due_at"]), customer, run, item.get("postponed", 0))]
