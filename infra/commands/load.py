"""``rekindle import orders FILE``: a shop's history, in any size, into the tables."""

import argparse
import csv
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from time import sleep

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from chalicelib import wiring
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.incoming import SOURCES, Incoming
from infra import local_state
from infra.commands.arguments import add_json, add_stack, print_json
from infra.console import Problem, complain, errors, output
from infra.importing import KINDS, Taken, check_text, rows
from infra.local.clock import VirtualClock
from infra.local.machine import Machine

BATCH = 500
"""Rows that are taken together: those of one customer after each other, those of others at the same time."""
AT_A_TIME = 8
PLACES = Path(".rekindle")
PATIENCE = (1, 2, 4, 8, 16, 32)
"""Seconds to wait between tries while DynamoDB says "not now"."""


@dataclass
class Done:
    """How far an import is. ``rejected``: how many rows did not fit."""

    rows: int = 0
    stored: int = 0
    rejected: int = 0
    examples: list[str] = field(default_factory=list)


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
    parser.add_argument("--again", action="store_true", help="begin at the first row, whatever was done before")
    add_json(parser)
    add_stack(parser)


def run(args: argparse.Namespace) -> int:
    """Import a file; exit status 1 when rows were rejected."""
    check_text(args.file)
    place = Place(args)
    begin = 0 if args.again or args.dry_run else place.line()
    if begin:
        errors().print(f"Going on after line {begin:,} (--again begins anew).")
    done = Done()
    with _target(args), _report(args.rejected) as reject, _progress(args.file) as show:
        _import(args, rows(args.file, KINDS[args.kind], args.source, _mapping(args)), begin, done, place, reject, show)
    place.forget()
    _tell(args, done)
    return 1 if done.rejected else 0


def _import(
    args: argparse.Namespace,
    taken: Iterator[Taken],
    begin: int,
    done: Done,
    place: "Place",
    reject: Callable[[Taken], None],
    show: Callable[[int], None],
) -> None:
    left = (each for each in taken if each.line > begin)
    try:
        while batch := list(islice(left, BATCH)):
            for each in batch:
                if each.fact is None:
                    reject(each)
                    done.rejected += 1
                    if len(done.examples) < 5:
                        done.examples.append(f"line {each.line}: {each.reason}")
            facts = [each.fact for each in batch if each.fact]
            done.stored += 0 if args.dry_run else _store(facts, past=not args.enroll)
            done.rows += len(batch)
            place.reached(batch[-1].line)
            show(batch[-1].line)
    except KeyboardInterrupt:
        complain(f"stopped after {done.rows:,} rows; the same command goes on from there")
        raise


def _store(facts: Iterable[Incoming], *, past: bool) -> int:
    by_person: dict[object, list[Incoming]] = {}
    for fact in facts:
        by_person.setdefault(fact.person and (fact.person.id or fact.person.email), []).append(fact)
    workers = wiring.settings().workers
    if workers == 1:
        return sum(_patiently(each, past) for each in by_person.values())
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return sum(pool.map(lambda each: _patiently(each, past), by_person.values()))


def _patiently(facts: list[Incoming], past: bool) -> int:
    for pause in PATIENCE:
        try:
            return wiring.ingest()(facts, past=past)
        except Unavailable:
            sleep(pause)
    return wiring.ingest()(facts, past=past)


@contextmanager
def _target(args: argparse.Namespace) -> Iterator[None]:
    """The deployed stack; or a new local machine, whose tables replace what the last local run left."""
    if args.dry_run or args.stack or os.environ.get("COMMERCE_TABLE"):
        yield
        return
    with Machine(VirtualClock(datetime.now(UTC))) as machine:
        yield
        machine.pump()
        local_state.save()


class Place:
    """How far the import of a file is, so that it can go on after Ctrl-C; kept until it is done."""

    def __init__(self, args: argparse.Namespace) -> None:
        stat = args.file.stat()
        parts = (args.file.resolve(), stat.st_size, stat.st_mtime_ns, args.kind, args.source, args.enroll, args.stack)
        self._is_kept = bool(args.stack) and not args.dry_run  # a local machine begins anew each time
        self._path = PLACES / f"import-{hashlib.sha256(repr(parts).encode()).hexdigest()[:16]}.json"

    def line(self) -> int:
        """The last line that was done."""
        try:
            return int(json.loads(self._path.read_text("utf-8"))["line"]) if self._is_kept else 0
        except (OSError, ValueError, KeyError, TypeError):
            return 0

    def reached(self, line: int) -> None:
        """All up to this line is done."""
        if self._is_kept:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            draft = self._path.with_suffix(".new")
            draft.write_text(json.dumps({"line": line}), "utf-8")
            draft.replace(self._path)

    def forget(self) -> None:
        """It is done."""
        self._path.unlink(missing_ok=True)


@contextmanager
def _report(path: Path | None) -> Iterator[Callable[[Taken], None]]:
    with path.open("w", newline="", encoding="utf-8") if path else nullcontext() as file:
        writer = csv.writer(file) if file else None
        if writer:
            writer.writerow(["line", "reason"])

        def reject(taken: Taken) -> None:
            if writer:
                writer.writerow([taken.line, taken.reason])

        yield reject


@contextmanager
def _progress(path: Path) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, when that is a terminal: of the file's lines, counted once beforehand."""
    if not sys.stderr.isatty():
        yield lambda line: None
        return
    with path.open("rb") as file:
        lines = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
    columns = (TextColumn("importing"), BarColumn(), TextColumn("{task.completed:,}/{task.total:,} lines"))
    with Progress(*columns, TimeRemainingColumn(), console=errors(), transient=True) as bar:
        task = bar.add_task("", total=lines)
        yield lambda line: bar.update(task, completed=line)


def _mapping(args: argparse.Namespace) -> Mapping[str, str]:
    kind, found = KINDS[args.kind], {}
    for text in args.map:
        name, equals, column = text.partition("=")
        if not equals or name not in (*kind.needed, *kind.optional):
            fields = ", ".join((*kind.needed, *kind.optional))
            raise Problem(f"--map {text}: expected FIELD=COLUMN, the field one of {fields}")
        found[name] = column
    return found


def _tell(args: argparse.Namespace, done: Done) -> None:
    if args.json:
        print_json({"rows": done.rows, "stored": done.stored, "rejected": done.rejected, "dry_run": args.dry_run})
        return
    console = output()
    console.print(f"{done.rows:,} rows, {done.stored:,} new, {done.rejected:,} rejected.")
    for example in done.examples:
        complain(example)
    if done.rejected > len(done.examples):
        where = str(args.rejected) if args.rejected else "--rejected FILE"
        complain(f"and {done.rejected - len(done.examples):,} more: see {where}")
    if not args.stack and not args.dry_run:
        console.print("Imported into a local machine; rekindle kpis and rekindle show read it.")


def _columns() -> str:
    told = [f"columns of {name}:\n  {', '.join((*kind.needed, *(f'[{each}]' for each in kind.optional)))}"
            for name, kind in KINDS.items()]  # fmt: skip
    amounts = "Amounts in CSV are decimal (29.33); times have an offset or end in Z; products are apart by spaces."
    lines = "JSON Lines hold the bodies of POST /v1/facts, without their type; amounts are in minor units."
    return "\n".join([*told, amounts, lines, ""])
