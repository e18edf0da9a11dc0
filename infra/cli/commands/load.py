"""``rekindle import orders FILE``: import a shop's history, of any size, into the tables."""

import argparse
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from textwrap import fill, indent
from threading import Event

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

import app
from chalicelib.config import trusted_addresses
from chalicelib.domain.facts.inbound import SHOP
from chalicelib.sources.history.kinds import IMPORTED
from chalicelib.sources.registry import id_sources, sources
from infra.cli.arguments import add_json, add_stack, print_json
from infra.cli.command import Command
from infra.history.importing import EXAMPLES, Importer
from infra.history.local import local_tables
from infra.history.options import add_file_options, as_given, file_options
from infra.history.progress import ImportProgress, key_of
from infra.history.reading import FileOptions, check_text, parsed_rows
from infra.history.rejections import RejectionReport
from infra.history.targets import DeployedTables, Nowhere, Target
from infra.saved import state as local_state
from infra.saved.stores import deployed_origin
from infra.terminal.console import complain, errors, output
from infra.terminal.problem import Problem
from infra.terminal.stopping import stopping

COMMAND = Command(
    "import",
    "import a shop's history: customers, orders, carts, suppressed addresses; no journey begins without --enroll",
    (
        "rekindle import customers customers.csv --stack rekindle",
        "rekindle import orders orders.jsonl --stack rekindle --rejected rejected.csv",
        "rekindle import suppressions cleaned.csv --stack rekindle",
        "rekindle import orders export.csv --map id=order_number --dry-run",
        "rekindle import order-lines sales.csv --map id=Invoice --currency GBP",
    ),
    place=60,
)

STOPPED = 130
WIDTH = 78
PUBLIC = (
    "Anybody can send events about customers with ids of {0}, so addresses in this file are claims, and consents in it "
    "do not count; refusals do. The setting TrustedAddresses changes that (docs/webhooks.md)."
)
FORMATS = """\
CSV has a header. Amounts are decimal (29.33), times have an offset or end in
Z, products are separated by spaces. Other columns are ignored. In order-lines,
the rows of one order follow each other; price is of one piece.
JSON Lines have one object per line, as in POST /v1/facts, without its type;
amounts are in minor units (2933). docs/import.md describes both formats.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, its kind, and the options."""
    columns = "\n".join(
        f"columns of {name}:\n{indent(fill(kind.listing(), WIDTH), '  ')}" for name, kind in IMPORTED.items()
    )
    parser.epilog = f"{columns}\n{FORMATS}\n{parser.epilog}"
    parser.add_argument(
        "kind", metavar="KIND", choices=tuple(IMPORTED), help=f"what the file contains: {', '.join(IMPORTED)}"
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="CSV, or JSON Lines (.jsonl, .ndjson, .json)")
    parser.add_argument(
        "--source", choices=id_sources(), default=SHOP, help="the system that the ids come from (default: shop)"
    )
    parser.add_argument("--enroll", action="store_true", help="let the rows begin journeys, unless it is too late")
    parser.add_argument("--rejected", metavar="FILE", type=Path, help="list the rejected rows in FILE: line and reason")
    parser.add_argument("--dry-run", action="store_true", help="check the rows and store nothing")
    parser.add_argument("--new", action="store_true", help="without a stack: begin with empty tables")
    parser.add_argument("--again", action="store_true", help="begin at the first row, not where an earlier run stopped")
    add_file_options(parser)
    add_json(parser)
    add_stack(parser)


def run(args: argparse.Namespace) -> int:
    """Import a file; exit status 1 when rows were rejected, 130 when Ctrl-C stopped it."""
    check_text(args.file, _options(args).encoding)
    _check(args)
    with _target(args) as target:
        if _is_public(args.source) and args.kind != "suppressions":
            errors().print(PUBLIC.format(args.source))
        done = ImportProgress() if args.again else target.begun
        if done.line:
            errors().print(f"Continuing after line {done.line:,} (--again begins at the first row).")
        is_complete = _import(args, target, done)
    if not is_complete:
        complain(f"stopped after {done.rows:,} rows" + "; the same command continues there" * target.can_continue)
        return STOPPED
    _print_summary(args, done, target)
    return 1 if done.rejected or target.problems else 0


def _import(args: argparse.Namespace, target: Target, done: ImportProgress) -> bool:
    """Import the rows that are not ``done``; False when Ctrl-C stopped it."""
    now = app.parts.now()
    rows = parsed_rows(args.file, IMPORTED[args.kind], _options(args), after=done.line, now=now)
    with _stopping() as stop, _bar(args.file, done.line) as show, RejectionReport(args.rejected, done) as report:
        for _ in Importer(target, done, report, args.enroll, args.dry_run).batches(rows):
            show(done.line)
            if stop.is_set():
                target.stop(done)
                return False
    return True


@contextmanager
def _target(args: argparse.Namespace) -> Iterator[Target]:
    """The target of the rows: none in a dry run, else the deployed tables, else those of a local machine."""
    key = key_of(args.file, args.kind, as_given(args, args.source), args.enroll, args.new)
    if args.dry_run:
        yield Nowhere()
    elif local_state.is_deployed():
        yield DeployedTables(f"Imported into {deployed_origin()}.", key)
    else:
        with local_tables(key, is_new=args.new) as target:
            yield target


def _check(args: argparse.Namespace) -> None:
    """Raise ``Problem`` for arguments that cannot be combined."""
    if args.new and local_state.is_deployed():
        raise Problem("--new empties the tables of this machine only: it cannot be used with --stack")
    if args.enroll and args.kind == "suppressions":
        raise Problem("--enroll: a list of suppressions begins no journey")
    if args.rejected and args.rejected.exists() and args.rejected.samefile(args.file):
        raise Problem(f"--rejected {args.rejected}: this is the file to import")


@contextmanager
def _stopping() -> Iterator[Event]:
    """Inside, Ctrl-C sets the event, so that the current rows are finished; a second Ctrl-C interrupts."""
    try:
        with stopping(signal.SIGINT) as stop:
            yield stop
    except KeyboardInterrupt:
        complain("stopped at once; the same command continues from the last saved place")
        raise


@contextmanager
def _bar(path: Path, begin: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error, if that is a terminal; the file's lines are counted first."""
    if not sys.stderr.isatty() or not path.is_file():
        yield lambda line: None
        return
    with path.open("rb") as file:
        lines = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
    columns = (TextColumn("importing"), BarColumn(), TextColumn("{task.completed:,}/{task.total:,} lines"))
    with Progress(*columns, TimeRemainingColumn(), console=errors(), transient=True) as bar:
        task = bar.add_task("", total=lines, completed=begin)
        yield lambda line: bar.update(task, completed=line)


def _options(args: argparse.Namespace) -> FileOptions:
    found = file_options(args, IMPORTED[args.kind], args.kind, args.source)
    return replace(found, is_public=_is_public(args.source))


def _is_public(source: str) -> bool:
    """Whether anybody can tell of customers with ids of this source, by the settings of the tables' stack."""
    declared = sources().get(source)
    return declared is not None and declared.is_public and source not in trusted_addresses()


def _print_summary(args: argparse.Namespace, done: ImportProgress, target: Target) -> None:
    for problem in target.problems[:EXAMPLES]:
        complain(problem)
    if args.json:
        print_json({"rows": done.rows, "stored": done.stored, "rejected": done.rejected, "dry_run": args.dry_run})
        return
    console = output()
    rows = f"{done.rows:,} row{'' if done.rows == 1 else 's'}"
    stored = "checked" if args.dry_run else f"{done.stored:,} new"
    console.print(f"{rows}, {stored}, {done.rejected:,} rejected.")
    console.print(target.summary)
    for example in done.examples:
        complain(example)
    if done.rejected > len(done.examples):
        where = str(args.rejected) if args.rejected else "--rejected FILE"
        complain(f"and {done.rejected - len(done.examples):,} more: see {where}")
