"""``rekindle replay ORDERS.csv``: play a shop's real history, with a clock that follows the data."""

import argparse
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from textwrap import fill, indent

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

import app
from chalicelib.domain.facts.inbound import SHOP
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.services.kpis import Kpis
from chalicelib.sources.history.kinds import REPLAYED_CARTS, REPLAYED_LINES, REPLAYED_ORDERS
from chalicelib.sources.reading.times import utc_time
from infra.cli.arguments import add_json_file, check_writable, is_for_people, write_json
from infra.cli.command import Command
from infra.cli.commands.kpis import print_kpis
from infra.history.options import add_file_options, file_options
from infra.history.player import LONGEST, Player, machine_for
from infra.history.timeline import Timeline
from infra.saved import state as local_state
from infra.saved.lock import alone
from infra.terminal.console import complain, errors, output
from infra.terminal.figures import money
from infra.terminal.problem import Problem

COMMAND = Command(
    "replay",
    "play a shop's real history through the real handlers, with a clock that follows the data",
    (
        "rekindle replay orders.csv",
        "rekindle replay orders.csv --carts carts.csv --skip-bad --json result.json",
        "rekindle replay sales.csv --order-lines --map order_id=Invoice --currency GBP",
    ),
    place=30,
)

WIDTH = 78
FORMAT = f"""\
columns of ORDERS:
{indent(fill(REPLAYED_ORDERS.listing(), WIDTH), "  ")}
with --order-lines:
{indent(fill(REPLAYED_LINES.listing(), WIDTH), "  ")}
columns of CARTS:
{indent(fill(REPLAYED_CARTS.listing(), WIDTH), "  ")}
  placed_at, updated_at  an ISO date or date-time; without an offset it is UTC,
                         and a date means midnight
  lines, products        the number of lines of the cart from then on, or their
                         products; none: it is empty
  total, currency        a decimal amount such as 29.33, and its ISO 4217 code
Files may be CSV or JSON Lines (.jsonl, .ndjson, .json), as for rekindle import:
see docs/import.md. Other columns are ignored, and the rows may be in any order.
No mail is sent: every customer gets an invented address.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The files, and how to replay them."""
    parser.epilog = f"{FORMAT}\n{parser.epilog}"
    parser.add_argument("orders", metavar="ORDERS", type=Path, help="the orders: CSV or JSON Lines")
    parser.add_argument("--carts", metavar="CARTS", type=Path, help="the carts, one row for each change")
    parser.add_argument("--order-lines", action="store_true", help="ORDERS has a row for each line of an order")
    parser.add_argument("--skip-bad", action="store_true", help="report invalid rows and continue without them")
    parser.add_argument(
        "--until",
        metavar="DATE",
        help=f"stop the clock at this time at the latest (default: {LONGEST.days} days after the last row)",
    )
    add_json_file(parser)
    add_file_options(parser)


def run(args: argparse.Namespace) -> int:
    """Check the files, play them, save the tables, print the result."""
    started = time.monotonic()
    timeline = _timeline(args)
    until = _until(args.until, timeline)
    check_writable(args.json)
    player = Player(timeline.facts)
    with alone(local_state.STATE, "replay"), machine_for(timeline.begin) as machine:
        with _progress(player):
            player.play(machine, until)
        figures = app.parts.kpis()
        local_state.save()
    for failure in machine.failures[:3]:
        complain(
            f"{failure.function} failed at {failure.at:%Y-%m-%d %H:%M}: {type(failure.error).__name__}: {failure.error}"
        )
    if args.json:
        write_json(args.json, figures.as_json())
    if is_for_people(args.json):
        output().print(_summary(timeline, player, figures, time.monotonic() - started))
        print_kpis(figures)
    return 1 if machine.failures else 0


def _timeline(args: argparse.Namespace) -> Timeline:
    timeline = Timeline()
    on_bad = (lambda bad: complain(f"skipped {bad}")) if args.skip_bad else None
    kind = REPLAYED_LINES if args.order_lines else REPLAYED_ORDERS
    how = file_options(args, kind, "orders")
    timeline.read(args.orders, kind, how, on_bad)
    if args.carts:
        timeline.read(args.carts, REPLAYED_CARTS, replace(how, mapping={}, export=None, source=SHOP), on_bad)
    if not timeline.facts:
        raise Problem(f"{args.orders}: there is no row to play")
    timeline.sort()
    return timeline


def _until(text: str | None, timeline: Timeline) -> datetime | None:
    if text is None:
        return None
    try:
        until = utc_time(text)
    except ValueError as error:
        raise Problem(f"--until: {error}") from None
    if until < timeline.end:
        raise Problem(f"--until: {text} is before the last row ({timeline.end.isoformat()})")
    return until


@contextmanager
def _progress(player: Player) -> Iterator[None]:
    """A bar on standard error, when that is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,}/{task.total:,} rows"))
    with Progress(*columns, TimeRemainingColumn(), console=errors(), transient=True) as bar:
        task = bar.add_task("replaying", total=len(player.facts))
        player.on_progress = lambda done, now: bar.update(task, completed=done, description=f"{now:%Y-%m-%d}")
        yield


def _summary(timeline: Timeline, player: Player, figures: Kpis, seconds: float) -> Table:
    revenue = sorted(timeline.revenue().items())
    table = Table.grid(padding=(0, 2))
    skipped = f" ({timeline.skipped:,} skipped)" if timeline.skipped else ""
    table.add_row("rows", f"{len(timeline.facts):,}{skipped}")
    table.add_row("orders", f"{len(timeline.orders()):,}")
    table.add_row("revenue", ", ".join(money(amount, currency) for currency, amount in revenue))
    table.add_row("customers", f"{player.customers:,}")
    for journey, counts in figures.journeys().items():
        table.add_row(f"sent by {journey}", f"{counts.get(Kind.SENT, 0):,}")
    table.add_row("time", f"{seconds:.0f} s")
    table.add_row("peak memory", f"{peak_memory()} MB")
    return table


def peak_memory() -> int:
    """The peak memory of this process so far, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1024 * 1024 if sys.platform == "darwin" else 1024)
