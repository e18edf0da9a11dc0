"""Restoring the saved tables: their items are stored in the tables of a new machine."""

from collections import Counter
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.counters import COUNT
from chalicelib.adapters.dynamodb.table import Plain
from infra.saved.state import NAMES, STATE, SavedHeader, reading

if TYPE_CHECKING:
    from infra.machine.machine import Machine

CHUNK = 1000
"""The number of items that are stored together."""


def restored(header: SavedHeader, path: Path = STATE, now: datetime | None = None) -> "Machine":
    """A machine with the saved items and settings, at ``now`` or when the run ended; enter it to use it."""
    from infra.machine.clock import VirtualClock
    from infra.machine.machine import Machine

    clock = VirtualClock(now or header.now)
    furnish = partial(restore, path)
    return Machine(clock, lanes=header.lanes, settings=header.settings, keys=header.keys, furnish=furnish)


def restore(path: Path = STATE) -> None:
    """Store the saved items in the three tables that ``wiring`` uses; raises ``RekindleError``.

    The streams of the run have ended, and new ones number their records from one: the counters of each shard are
    folded first, as the nightly job does, because they would otherwise refuse the new records as old ones.
    """
    import app

    settings = app.parts.settings
    names = (settings.commerce_table, settings.engagement_table, settings.kpis_table)
    tables = {name: app.parts.table(table) for name, table in zip(NAMES, names, strict=True)}
    counted: dict[str, Counter[str]] = {}
    with reading(path) as (_, rows):
        items = ((name, item) for name, item in rows if not _is_folded(item, counted))
        for chunk in iter(lambda: list(islice(items, CHUNK)), []):
            for name, table in tables.items():
                table.batch_put([item for of, item in chunk if of == name])
    tables["kpis"].batch_put([{**keys.counters(period, keys.FOLDED), **counts} for period, counts in counted.items()])


def _is_folded(item: Plain, counted: dict[str, Counter[str]]) -> bool:
    """Add the counters of a shard and a period to those of the other shards; False for any other item."""
    period, shard = item["pk"].removeprefix("PERIOD#"), item["sk"].removeprefix("SHARD#")
    if period == item["pk"] or shard.startswith(keys.REDRIVEN):
        return False
    counts = {name: number for name, number in item.items() if name.startswith(COUNT)}
    counted.setdefault(period, Counter()).update(counts)
    return True
