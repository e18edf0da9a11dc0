"""``rekindle rejected``: what could not be read of what sources sent, and so is not stored."""

import argparse
from zoneinfo import ZoneInfo

from rich.table import Table

from chalicelib.domain.facts.rejection import Rejected
from chalicelib.services import reject as rejections
from chalicelib.services.reject import FACTS, KEPT_DAYS
from chalicelib.sources.registry import sources
from infra.cli.arguments import add_json, add_stack, print_json, whole_number
from infra.cli.command import Command
from infra.saved.stores import stores
from infra.terminal.console import output, safe
from infra.terminal.figures import table
from infra.terminal.problem import Problem

COMMAND = Command(
    "rejected",
    "list what could not be read of webhooks and facts, and was not stored",
    (
        "rekindle rejected --stack rekindle",
        "rekindle rejected --days 1 --source segment --stack rekindle",
        "rekindle rejected --json",
    ),
    place=165,
)
NOTHING_TODAY = "Nothing was rejected today (UTC)."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``--days``, ``--source``, ``--json`` and ``--stack``."""
    parser.add_argument(
        "--days",
        metavar="N",
        type=whole_number(1, KEPT_DAYS),
        default=KEPT_DAYS,
        help=f"of the last N days (UTC), today among them (default: {KEPT_DAYS}, as long as they are kept)",
    )
    parser.add_argument("--source", metavar="NAME", help="of one source; facts is POST /v1/facts")
    add_json(parser)
    add_stack(parser)


def run(args: argparse.Namespace) -> int:
    """List the kinds of rejections, the latest first; raises ``Problem`` for an unknown source."""
    if args.source not in (None, *(known := (*sources(), FACTS))):
        raise Problem(f"there is no source {args.source!r}; the sources are {', '.join(known)}")
    found = stores()
    of_all = rejections.rejected(found.parts.rejections, found.now, args.days)
    rejected = [each for each in of_all if args.source in (None, each.rejection.source)]
    if args.json:
        print_json({"rejected": [rejections.plain(each) for each in rejected], "in": found.origin})
        return 0
    console = output()
    if rejected:
        console.print(_table(rejected, found.zone))
        console.print("None of these was stored. Values are not kept: the sender has them.")
    else:
        console.print(f"Nothing was rejected in the last {args.days} days." if args.days > 1 else NOTHING_TODAY)
    console.print(safe(f"Read from {found.origin}; times are in {found.zone}."), style="dim")
    return 0


def _table(rejected: list[Rejected], zone: str) -> Table:
    made = table("source", "field", "problem", "messages", "last", left=3)
    for each in rejected:
        what = each.rejection
        last = f"{each.last_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
        source = f"{what.source} {what.topic}".rstrip()
        made.add_row(safe(source), safe(what.field), safe(what.problem), f"{each.number:,}", last)
    return made
