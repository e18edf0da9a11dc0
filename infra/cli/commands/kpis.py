"""``rekindle kpis``: the journeys' funnels and the shop's figures."""

import argparse

from chalicelib.services.kpis import Kpis, kpis
from infra.cli.arguments import add_stack, parse_date, print_json
from infra.cli.command import Command
from infra.journeys.funnel_tables import journey_tables
from infra.saved.stores import stores
from infra.terminal.console import output
from infra.terminal.figures import shop_tables
from infra.terminal.problem import Problem

COMMAND = Command(
    "kpis",
    "show the journeys' funnels and the shop's figures",
    (
        "rekindle kpis",
        "rekindle kpis --from 2026-11-01 --to 2026-11-30",
        "rekindle kpis --stack rekindle --json",
    ),
    place=40,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``--json``, ``--stack``, ``--from`` and ``--to``."""
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    add_stack(parser)
    parser.add_argument(
        "--from", dest="first", metavar="DATE", type=parse_date, help="journeys: the first day (the shop's)"
    )
    parser.add_argument(
        "--to", dest="last", metavar="DATE", type=parse_date, help="journeys: the last day (the shop's)"
    )


def run(args: argparse.Namespace) -> int:
    """Print the figures of the deployed tables, or of the last local run. Raises ``Problem``."""
    if args.first and args.last and args.first > args.last:
        raise Problem(f"--from {args.first} is after --to {args.last}")
    found = stores()
    figures = kpis(found.parts.counters, found.now, args.first, args.last)
    if args.json:
        print_json(figures.as_json())
        return 0
    print_kpis(figures)
    output().print(f"Read from {found.origin}.", style="dim")
    return 0


def print_kpis(figures: Kpis) -> None:
    """All tables on standard output."""
    console = output()
    for table in (*journey_tables(figures, console.width), *shop_tables(figures.shop, console.width)):
        console.print(table)
    if not figures.cells and not figures.shop["orders"].value:
        console.print("Nothing has happened yet.")
