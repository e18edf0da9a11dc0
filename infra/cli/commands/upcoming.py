"""``rekindle upcoming``: how many enrollments are due, by hour and journey; reads only the keys in the due index."""

import argparse
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rich.table import Table

from chalicelib.adapters.dynamodb import keys
from chalicelib.domain.journeys.circuit import Circuit
from chalicelib.domain.time import from_text, to_text
from infra.cli.arguments import add_json, add_stack, print_json, whole_number
from infra.cli.command import Command
from infra.saved.stores import Stores, stores
from infra.terminal.console import counting, output, safe
from infra.terminal.figures import table

COMMAND = Command(
    "upcoming",
    "show how many enrollments are due, by hour and journey",
    (
        "rekindle upcoming",
        "rekindle upcoming --hours 168",
        "rekindle upcoming --stack rekindle --json",
    ),
    place=130,
)

MOST_HOURS = 24 * 366
EVERY = 1000
"""How many keys are counted between two updates of the progress."""


class Agenda:
    """Counts by journey and by hour in the shop's zone; its size grows with the hours, not with the enrollments."""

    def __init__(self, now: datetime, zone: str) -> None:
        self.overdue: Counter[str] = Counter()
        self.oldest: datetime | None = None
        self.hours: dict[datetime, Counter[str]] = {}
        self._now, self._zone = to_text(now), ZoneInfo(zone)

    def add(self, journey: str, due_at: str) -> None:
        """Count one enrollment; ``due_at`` is UTC as it is stored."""
        if due_at <= self._now:
            self.overdue[journey] += 1
            self.oldest = min(self.oldest or from_text(due_at), from_text(due_at))
        else:
            self.hours.setdefault(self._hour(due_at), Counter())[journey] += 1

    @property
    def total(self) -> Counter[str]:
        """The number of enrollments of each journey."""
        return sum(self.hours.values(), Counter(self.overdue))

    def _hour(self, due_at: str) -> datetime:
        """The beginning, in UTC, of the hour in the shop's zone."""
        shown = from_text(due_at).astimezone(self._zone)
        return shown.replace(minute=0, second=0, microsecond=0).astimezone(UTC)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``--hours``, ``--json`` and ``--stack``."""
    parser.add_argument(
        "--hours", type=whole_number(1, MOST_HOURS), default=48, metavar="N", help="look N hours ahead (default: 48)"
    )
    add_json(parser)
    add_stack(parser)


def run(args: argparse.Namespace) -> int:
    """Print what is stopped, the overdue enrollments, and then those due in each hour."""
    found = stores()
    until = found.now + timedelta(hours=args.hours)
    agenda = _counted(found, until)
    following = found.parts.due.next_due(until)
    stopped = sorted(found.parts.circuits.all().values(), key=lambda circuit: circuit.channel)
    if args.json:
        print_json(_plain(agenda, found, until, following, stopped))
        return 0
    zone = ZoneInfo(found.zone)
    console = output()
    for circuit in stopped:
        console.print(safe(_stop(circuit, zone)))
    if agenda.total:
        paused = found.parts.due.batch((), agenda.total).paused
        console.print(_table(agenda, zone, paused))
        console.print("Each is checked when it is due: its mail is sent, deferred or suppressed, or its run ends.")
    else:
        console.print(f"Nothing is due within {args.hours} hour{'s' if args.hours > 1 else ''}.")
    if following:
        console.print(f"The next one after that is due at {following.astimezone(zone):%Y-%m-%d %H:%M}.")
    console.print(f"Times are in the shop's zone, {found.zone}: it is {found.now.astimezone(zone):%Y-%m-%d %H:%M}.")
    console.print(safe(f"Read from {found.origin}."), style="dim")
    return 0


def _counted(found: Stores, until: datetime) -> Agenda:
    agenda = Agenda(found.now, found.zone)
    with counting("enrollments read") as progress:
        for number, key in enumerate(found.parts.due.upcoming(until)):
            agenda.add(key.sk.removeprefix(keys.ENROLLMENT).partition("#")[0], key.due_at)
            if number % EVERY == 0:
                progress(number)
    return agenda


def _stop(circuit: Circuit, zone: ZoneInfo) -> str:
    since, probe = (f"{time.astimezone(zone):%Y-%m-%d %H:%M}" for time in (circuit.since, circuit.probe_at))
    why = f"the service refuses all messages ({circuit.reason})"
    return f"{circuit.channel} has been stopped since {since}: {why}. All that is due waits; the next probe: {probe}."


def _plain(
    agenda: Agenda, found: Stores, until: datetime, following: datetime | None, stopped: Iterable[Circuit]
) -> dict[str, Any]:
    return {
        "now": to_text(found.now),
        "until": to_text(until),
        "zone": found.zone,
        "overdue": {
            "since": to_text(agenda.oldest) if agenda.oldest else None,
            "journeys": dict(sorted(agenda.overdue.items())),
        },
        "hours": [
            {"from": to_text(hour), "journeys": dict(sorted(agenda.hours[hour].items()))}
            for hour in sorted(agenda.hours)
        ],
        "total": dict(sorted(agenda.total.items())),
        "next": to_text(following) if following else None,
        "stopped": [
            {
                "channel": circuit.channel,
                "since": to_text(circuit.since),
                "reason": circuit.reason,
                "next_probe": to_text(circuit.probe_at),
            }
            for circuit in stopped
        ],
    }


def _table(agenda: Agenda, zone: ZoneInfo, paused: Collection[str]) -> Table:
    """One row for each hour with due enrollments; overdue ones come first, and the total last."""
    journeys = sorted(agenda.total)
    made = table("due", *(f"{each} (paused)" if each in paused else each for each in journeys), "all")
    for title, counts in _lines(agenda, zone):
        made.add_row(title, *(f"{counts[each]:,}" if counts[each] else "" for each in journeys), f"{counts.total():,}")
    return made


def _lines(agenda: Agenda, zone: ZoneInfo) -> Iterator[tuple[str, Counter[str]]]:
    if agenda.oldest:
        yield f"overdue, since {agenda.oldest.astimezone(zone):%Y-%m-%d %H:%M}", agenda.overdue
    for hour in sorted(agenda.hours):
        yield f"{hour.astimezone(zone):%a %Y-%m-%d %H:%M}", agenda.hours[hour]
    yield "all", agenda.total
