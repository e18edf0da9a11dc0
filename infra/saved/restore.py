"""Going on from what a local run left: its items are put back into the tables of a new machine."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from chalicelib import wiring
from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.counters import COUNT
from chalicelib.adapters.dynamodb.table import Plain
from chalicelib.domain.time import from_text
from infra.saved.state import NAMES, STATE, reading

CHUNK = 1000
"""Items that are put back together."""


@dataclass(frozen=True)
class Left:
    """What a local run left, as far as one has to know to go on from there.

    ``now``: its virtual clock, UTC. ``settings`` are of the environment. ``places``: how far unfinished imports are.
    ``version`` is another one for every file that is written.
    """

    now: datetime
    lanes: int
    settings: Mapping[str, str]
    places: Mapping[str, Any]
    version: tuple[int, ...]


def left(path: Path = STATE) -> Left | None:
    """What the last local run left; None when there is nothing. Raises ``RekindleError`` when it cannot be read."""
    if (version := version_of(path)) is None:
        return None
    with reading(path) as (header, _):
        settings = {"IDENTITY_KEY": header["identity_key"], "SHOP_ZONE": header.get("zone", "UTC")}
        places = header.get("places", {})
        return Left(from_text(header["now"]), header.get("lanes", 4), settings, places, version)


def version_of(path: Path = STATE) -> tuple[int, ...] | None:
    """Tells one version of the file from another; None when there is none."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def put_back(path: Path = STATE) -> None:
    """Put what a local run left into the three tables that ``wiring`` is joined to; raises ``RekindleError``.

    Its streams have ended, and new ones count from one: what each had counted is folded, as the nightly job does.
    """
    settings = wiring.settings()
    names = (settings.commerce_table, settings.engagement_table, settings.kpis_table)
    tables = {name: wiring.table(table) for name, table in zip(NAMES, names, strict=True)}
    counted: dict[str, Counter[str]] = {}
    with reading(path) as (_, rows):
        items = ((name, item) for name, item in rows if not _is_folded(item, counted))
        for chunk in iter(lambda: list(islice(items, CHUNK)), []):
            for name, table in tables.items():
                table.batch_put([item for of, item in chunk if of == name])
    tables["kpis"].batch_put([{**keys.counters(period, keys.FOLDED), **counts} for period, counts in counted.items()])


def _is_folded(item: Plain, counted: dict[str, Counter[str]]) -> bool:
    """Add a shard's counters of a period to those of the others; False for any other item, which is left alone."""
    period, shard = item["pk"].removeprefix("PERIOD#"), item["sk"].removeprefix("SHARD#")
    if period == item["pk"] or shard.startswith(keys.REDRIVEN):
        return False
    counts = {name: number for name, number in item.items() if name.startswith(COUNT)}
    counted.setdefault(period, Counter()).update(counts)
    return True
