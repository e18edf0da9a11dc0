"""Rows and files of a shop's history, and the command as it is typed."""

import csv
import json
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from chalicelib.domain.figures import counters as tally
from chalicelib.services.ingest import Ingest
from infra.cli import main as cli
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from infra.saved import state as local_state
from infra.saved.state import NAMES, STATE, reading
from infra.saved.stores import stores
from tests.builders import START

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
YESTERDAY = datetime.now(UTC).replace(microsecond=0) - DAY
Capture = pytest.CaptureFixture[str]


def written(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """A CSV file of these rows."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
    return path


def a_customer(number: int, **more: Any) -> dict[str, Any]:
    """A row about a customer who agreed to marketing."""
    known = {"id": f"c{number}", "at": (START - DAY).isoformat(), "email": f"c{number}@example.com", "marketing": "yes"}
    return known | more


def an_order(number: int, customer: int = 1, **more: Any) -> dict[str, Any]:
    """A row about an order of a day ago."""
    placed = {"customer_id": f"c{customer}", "id": f"o{number}", "placed_at": (START - DAY).isoformat()}
    return placed | {"total": "29.33", "currency": "USD", "products": "tea cup"} | more


def imported(capsys: Capture, *arguments: str) -> tuple[int, dict[str, int]]:
    """The exit status, and what ``--json`` prints."""
    capsys.readouterr()
    status = cli.main(["import", *arguments, "--json"])
    return status, json.loads(capsys.readouterr().out)


Items = dict[str, list[str]]


def tables(state: Path = STATE) -> Items:
    """What a local run left, by table; of the counters, the sums."""
    found: Items = {name: [] for name in NAMES}
    with reading(state) as (_, items):
        for table, item in items:
            found[table].append(json.dumps(item, sort_keys=True))
    found["kpis"] = [json.dumps(stores(state).parts.counters.read(), sort_keys=True)]
    return {name: sorted(lines) for name, lines in found.items()}


def is_recounted(state: Path = STATE) -> bool:
    """Whether the counters are what the outcomes and standings come to, and there are any."""
    left = stores(state)
    counted: Counter[tuple[str, str]] = Counter()
    for _, item in left.parts.engagement.everything():
        counted.update(tally.counts_of(item))
    stored = {(period, name): n for period, names in left.parts.counters.read().items() for name, n in names.items()}
    return bool(counted) and not tally.difference(stored, counted)


@contextmanager
def interrupted_at(*calls: int) -> Iterator[None]:
    """Inside, Ctrl-C is typed while rows of one customer are being stored: before these, counted from one."""
    ingest, numbers = Ingest.__call__, count(1)

    def typing(self: Ingest, facts: Any, *, past: bool = False) -> int:
        if next(numbers) in calls:
            signal.raise_signal(signal.SIGINT)
        return ingest(self, facts, past=past)

    with patch.object(Ingest, "__call__", typing):
        yield


def ran(capsys: Capture, *words: str) -> str:
    """What a command prints that goes well."""
    capsys.readouterr()
    assert cli.main(words) == 0
    return capsys.readouterr().out


def figure(capsys: Capture, name: str) -> int:
    """One of the shop's figures."""
    value: int = json.loads(ran(capsys, "kpis", "--json"))["shop"][name]["value"]
    return value


def waiting(capsys: Capture) -> Counter[str]:
    """How many runs wait, overdue or not, by journey."""
    due = json.loads(ran(capsys, "upcoming", "--json"))
    return sum((Counter(each["journeys"]) for each in (due["overdue"], *due["hours"])), Counter())


def a_run(
    now: datetime, act: Callable[[Machine], None] = Machine.pump, keys: Mapping[str, str] | None = None, **settings: str
) -> None:
    """A local run that ended then, with these secrets and settings."""
    with Machine(VirtualClock(now), settings=settings, keys=keys, lanes=2) as machine:
        act(machine)
        local_state.save()
