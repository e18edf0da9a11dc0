"""``rekindle dlq list`` and ``rekindle dlq redrive``: list a stack's dead-letter queues, and process them again."""

import argparse
from collections.abc import Iterator, Mapping

from rich.table import Table

from infra.cli import dead_letters
from infra.cli.arguments import add_json, add_stack, print_json, whole_number
from infra.cli.command import Command
from infra.stack import deployed
from infra.stack.contents import contents
from infra.stack.dead_letters import POISON, STREAM, queues
from infra.stack.redrive import RedriveResult, redrive
from infra.terminal.console import complain, counting, output
from infra.terminal.figures import table
from infra.terminal.problem import Problem

COMMAND = Command(
    "dlq",
    "list the messages in the dead-letter queues, and process them again",
    (
        "rekindle dlq list --stack rekindle",
        "rekindle dlq list poison --show --stack rekindle",
        "rekindle dlq redrive feedback --stack rekindle",
        "rekindle dlq redrive --stack rekindle",
    ),
    place=170,
)

MOST_LOOKED_AT = 10_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``list`` and ``redrive``, each with its queue, ``--json`` and ``--stack``."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="list|redrive")
    listing = verbs.add_parser("list", help="list the queues and describe their messages", allow_abbrev=False)
    listing.add_argument(
        "--look-at",
        type=whole_number(1, MOST_LOOKED_AT),
        default=100,
        metavar="N",
        help="read at most N messages of each queue (default: 100)",
    )
    listing.add_argument("--show", action="store_true", help="print whole messages; they may contain personal data")
    redriving = verbs.add_parser("redrive", help="process the messages again", allow_abbrev=False)
    for each in (listing, redriving):
        each.add_argument("queue", metavar="QUEUE", nargs="?", help="poison, stream, feedback, ... (default: all)")
        add_json(each)
        add_stack(each, otherwise="none, since a local run has no queues")


def run(args: argparse.Namespace) -> int:
    """List or redrive; 1 when some message could not be redriven. Raises ``Problem``."""
    if not args.stack:
        raise Problem(f"no stack was named: use --stack NAME, or set {deployed.VARIABLE} (a local run has no queues)")
    with deployed.aws_problems(args.stack):
        chosen = _chosen(args.stack, args.queue)
        return _list(args, chosen) if args.verb == "list" else _redrive(args, chosen)


def _chosen(stack: str, name: str | None) -> Mapping[str, str]:
    found = queues(deployed.outputs(stack))
    if name is None:
        return found
    if name not in found:
        raise Problem(f"there is no queue {name!r}; the queues are {', '.join(sorted(found))}")
    return {name: found[name]}


def _list(args: argparse.Namespace, chosen: Mapping[str, str]) -> int:
    found = {name: contents(url, args.look_at, keep=args.show) for name, url in sorted(chosen.items())}
    if args.json:
        print_json({"queues": [dead_letters.plain(name, each) for name, each in found.items()]})
    else:
        dead_letters.show(found)
    return 0


def _redrive(args: argparse.Namespace, chosen: Mapping[str, str]) -> int:
    results = [_redriven(name, url) for name, url in sorted(chosen.items())]
    if args.json:
        print_json(
            {"queues": [{"queue": each.queue, "brought_back": each.done, "left": each.left} for each in results]}
        )
    else:
        console = output()
        console.print(_outcome(results))
        for line in _notes({each.queue for each in results if each.done}):
            console.print(line)
    for each in results:
        for reason, number in each.left.items():
            complain(f"{each.queue}: {number:,} message{'s stay' if number > 1 else ' stays'}: {reason}")
    return 1 if any(each.left for each in results) else 0


def _redriven(name: str, url: str) -> RedriveResult:
    try:
        with counting(f"messages of {name} redriven") as progress:
            return redrive(name, url, progress)
    except KeyboardInterrupt:
        complain(f"{name}: nothing is lost; every other message is still on the queue, or still being moved by SQS")
        raise


def _outcome(results: list[RedriveResult]) -> Table:
    made = table("queue", "redriven", "remaining")
    for each in results:
        made.add_row(each.queue, f"{each.done:,}", f"{sum(each.left.values()):,}")
    return made


def _notes(queues: set[str]) -> Iterator[str]:
    if not queues:
        yield "No message was redriven."
    if queues & {POISON, STREAM}:
        yield f"The messages of {' and '.join(sorted(queues & {POISON, STREAM}))} have been handled on this machine."
    if POISON in queues:
        yield "Figures count each record once, however often it is redriven; the recount at 03:00 UTC checks that."
    if queues - {POISON, STREAM}:
        yield "SQS moved the other messages back to their queue, for its function; one that fails again returns here."
