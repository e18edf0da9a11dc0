"""``rekindle import orders FILE``: a shop's history, in any size, into the tables."""

import argparse
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from threading import Event
from time import sleep

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from chalicelib import wiring
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.facts.inbound import SOURCES, InboundFact
from infra.cli.arguments import add_json, add_stack, print_json
from infra.cli.command import Command
from infra.history.importing import KINDS, Taken, check_text, rows
from infra.history.report import Report
from infra.history.targets import Deployed, Done, Nowhere, Target, key_of, local
from infra.saved import state as local_state
from infra.terminal.console import complain, errors, output
from infra.terminal.problem import Problem
from infra.terminal.stopping import stopping

COMMAND = Command(
    "import",
    "import a shop's history: customers, orders, carts; no journey begins without --enroll",
    (
        "rekindle import customers customers.csv --stack rekindle",
        "rekindle import orders orders.jsonl --stack rekindle --rejected rejected.csv",
        "rekindle import orders export.csv --map id=order_number --map placed_at=created_at --dry-run",
    ),
    place=60,
)

BATCH = 500
"""Rows that are taken together: those of one customer after each other, those of others at the same time."""
AT_A_TIME = 8
PATIENCE = (1, 2, 4, 8, 16, 32)
"""Seconds to wait between tries while DynamoDB says "not now"."""
EXAMPLES = 5
STOPPED = 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to import, and how."""
    parser.epilog = f"{_columns()}\n{parser.epilog}"
    parser.add_argument("kind", choices=KINDS, help="what the file holds")
    parser.add_argument("file", metavar="FILE", type=Path, help="CSV, or JSON Lines (.jsonl, .ndjson)")
    parser.add_argument("--source", choices=SOURCES, default="shop", help="whose ids these are (default: shop)")
    parser.add_argument(
        "--map", metavar="FIELD=COLUMN", action="append", default=[], help="the file's name of a column"
    )
    parser.add_argument("--enroll", action="store_true", help="let what is told begin journeys, where not too late")
    parser.add_argument("--rejected", metavar="FILE", type=Path, help="write rejected rows' lines and reasons as CSV")
    parser.add_argument("--dry-run", action="store_true", help="only check the rows")
    parser.add_argument("--new", action="store_true", help="on this machine: begin with empty tables")
    parser.add_argument("--again", action="store_true", help="begin at the first row, whatever was done before")
    add_json(parser)
    add_stack(parser)


def run(args: argparse.Namespace) -> int:
    """Import a file; exit status 1 when rows were rejected, 130 when Ctrl-C stopped it."""
    check_text(args.file)
    _check(args)
    with _target(args) as target:
        done = Done() if args.again else target.begun
        if done.line:
            errors().print(f"Going on after line {done.line:,} (--again begins anew).")
        is_whole = _import(args, target, done)
    if not is_whole:
        complain(f"stopped after {done.rows:,} rows" + ("; the same command goes on from there" * target.is_kept))
        return STOPPED
    _tell(args, done, target)
    return 1 if done.rejected or target.problems else 0


def _import(args: argparse.Namespace, target: Target, done: Done) -> bool:
    """Take the rows behind those that are ``done``; False when Ctrl-C stopped it."""
    taken = rows(args.file, KINDS[args.kind], args.source, _mapping(args), after=done.line)
    with _stopping() as stop, _progress(args.file, done.line) as show, Report(args.rejected, done) as report:
        for batch in _batches(taken):
            _take(batch, done, report, past=None if args.dry_run else not args.enroll)
            target.reached(done)
            show(done.line)
            if stop.is_set():
                target.stop(done)
                return False
        target.finish()
    return True


def _batches(taken: Iterator[Taken]) -> Iterator[Sequence[Taken]]:
    return iter(lambda: list(islice(taken, BATCH)), [])


def _take(batch: Sequence[Taken], done: Done, report: "Report", past: bool | None) -> None:
    """Store what fits and tell what does not; ``past`` is None when nothing is to be stored."""
    rejected = [each for each in batch if each.fact is None]
    report.write(rejected)
    facts = [each.fact for each in batch if each.fact]
    done.stored += 0 if past is None else _store(facts, past=past)
    done.line, done.rows, done.rejected = batch[-1].line, done.rows + len(batch), done.rejected + len(rejected)
    done.examples += [f"line {each.line}: {each.reason}" for each in rejected[: EXAMPLES - len(done.examples)]]
    done.report = report.place()


def _store(facts: Iterable[InboundFact], *, past: bool) -> int:
    by_person: dict[object, list[InboundFact]] = {}
    for fact in facts:
        by_person.setdefault(fact.person and (fact.person.id or fact.person.email), []).append(fact)
    workers = wiring.settings().workers
    if workers == 1:
        return sum(_patiently(each, past) for each in by_person.values())
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return sum(pool.map(lambda each: _patiently(each, past), by_person.values()))


def _patiently(facts: list[InboundFact], past: bool) -> int:
    for pause in PATIENCE:
        try:
            return wiring.ingest()(facts, past=past)
        except Unavailable:
            sleep(pause)
    return wiring.ingest()(facts, past=past)


@contextmanager
def _target(args: argparse.Namespace) -> Iterator[Target]:
    """Nothing, in a dry run; the deployed tables; or a local machine."""
    key = key_of(args.file, args.kind, args.source, sorted(args.map), args.enroll, args.new)
    if args.dry_run:
        yield Nowhere()
    elif local_state.is_deployed():
        name = f"the stack {args.stack}" if args.stack else "the deployed tables"
        yield Deployed(f"Imported into {name}.", key)
    else:
        with local(key, is_new=args.new) as target:
            yield target


def _check(args: argparse.Namespace) -> None:
    """Raise ``Problem`` for arguments that do not go together."""
    if args.new and local_state.is_deployed():
        raise Problem("--new empties the tables of this machine only: not together with --stack")
    if args.rejected and args.rejected.exists() and args.rejected.samefile(args.file):
        raise Problem(f"--rejected {args.rejected}: this is the file that is imported")


@contextmanager
def _stopping() -> Iterator[Event]:
    """Inside, Ctrl-C sets what is given, so that what was begun is brought to an end; once more, and it interrupts."""
    try:
        with stopping(signal.SIGINT) as stop:
            yield stop
    except KeyboardInterrupt:
        complain("stopped at once; the same command goes on from what was kept before")
        raise


@contextmanager
def _progress(path: Path, begin: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, when that is a terminal: of the file's lines, counted once beforehand."""
    if not sys.stderr.isatty() or not path.is_file():
        yield lambda line: None
        return
    with path.open("rb") as file:
        lines = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
    columns = (TextColumn("importing"), BarColumn(), TextColumn("{task.completed:,}/{task.total:,} lines"))
    with Progress(*columns, TimeRemainingColumn(), console=errors(), transient=True) as bar:
        task = bar.add_task("", total=lines, completed=begin)
        yield lambda line: bar.update(task, completed=line)


def _mapping(args: argparse.Namespace) -> Mapping[str, str]:
    kind, found = KINDS[args.kind], {}
    for text in args.map:
        name, equals, column = text.partition("=")
        if not equals or name not in kind.fields:
            raise Problem(f"--map {text}: expected FIELD=COLUMN, the field one of {', '.join(kind.fields)}")
        found[name] = column
    return found


def _tell(args: argparse.Namespace, done: Done, target: Target) -> None:
    for problem in target.problems[:EXAMPLES]:
        complain(problem)
    if args.json:
        print_json({"rows": done.rows, "stored": done.stored, "rejected": done.rejected, "dry_run": args.dry_run})
        return
    console = output()
    rows = f"{done.rows:,} row{'' if done.rows == 1 else 's'}"
    stored = "checked" if args.dry_run else f"{done.stored:,} new"
    console.print(f"{rows}, {stored}, {done.rejected:,} rejected.")
    console.print(target.told)
    for example in done.examples:
        complain(example)
    if done.rejected > len(done.examples):
        where = str(args.rejected) if args.rejected else "--rejected FILE"
        complain(f"and {done.rejected - len(done.examples):,} more: see {where}")


def _columns() -> str:
    told = [f"columns of {name}:\n  {', '.join((*kind.needed, *(f'[{each}]' for each in kind.optional)))}"
            for name, kind in KINDS.items()]  # fmt: skip
    amounts = "Amounts in CSV are decimal (29.33); times have an offset or end in Z; products are apart by spaces."
    lines = "JSON Lines hold the bodies of POST /v1/facts, without their type; amounts are in minor units."
    return "\n".join([*told, amounts, lines, ""])
