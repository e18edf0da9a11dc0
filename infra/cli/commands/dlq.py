"""``rekindle dlq list`` and ``rekindle dlq redrive``: what could not be handled, and bringing it back."""

import argparse
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from chalicelib.domain.time import to_text
from infra.cli.arguments import add_json, add_stack, print_json, whole_number
from infra.cli.command import Command
from infra.stack import deployed
from infra.stack.dead_letters import POISON, STREAM, Hand, Kept, Letter, described, kept, queues
from infra.stack.redrive import Redriven, redrive
from infra.terminal.console import complain, counting, output, safe
from infra.terminal.figures import NOTHING, table
from infra.terminal.problem import Problem

COMMAND = Command(
    "dlq",
    "list what could not be handled and was set aside, and bring it back",
    (
        "rekindle dlq list --stack rekindle",
        "rekindle dlq list poison --show --stack rekindle",
        "rekindle dlq redrive feedback --stack rekindle",
        "rekindle dlq redrive --stack rekindle",
    ),
    place=170,
)

MOST_LOOKED_AT = 10_000
HIDDEN = 60
"""For so many seconds, at the longest, nobody else gets what is being looked at."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``list`` and ``redrive``, each with its queue, ``--json`` and ``--stack``."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="list|redrive")
    listing = verbs.add_parser("list", help="each queue: how many messages, and what they are", allow_abbrev=False)
    listing.add_argument(
        "--look-at",
        type=whole_number(1, MOST_LOOKED_AT),
        default=100,
        metavar="N",
        help="look at so many messages of a queue (default: 100)",
    )
    listing.add_argument("--show", action="store_true", help="print the messages, whole: they may hold personal data")
    back = verbs.add_parser("redrive", help="bring the messages back, to be handled again", allow_abbrev=False)
    for each in (listing, back):
        each.add_argument("queue", metavar="QUEUE", nargs="?", help="poison, stream, feedback, ... (default: all)")
        add_json(each)
        add_stack(each, otherwise="none: of a local run's queues nothing is kept")


def run(args: argparse.Namespace) -> int:
    """List or redrive. 1 when something is left that could not be brought back."""
    if not args.stack:
        raise Problem(
            f"which stack? Say --stack NAME, or set {deployed.VARIABLE}; of a local run's queues nothing is kept"
        )
    with deployed.told(args.stack):
        chosen = _chosen(args.stack, args.queue)
        return _list(args, chosen) if args.verb == "list" else _redrive(args, chosen)


def _chosen(stack: str, name: str | None) -> Mapping[str, str]:
    found = queues(deployed.outputs(stack))
    if name is None:
        return found
    if name not in found:
        raise Problem(f"there is no queue {name!r}; there are {', '.join(sorted(found))}")
    return {name: found[name]}


@dataclass
class _Sort:
    """Messages of one sort."""

    what: str
    error: str
    oldest: datetime
    newest: datetime
    number: int = 0


@dataclass
class _Content:
    """A queue and what of it was looked at."""

    kept: Kept
    sorts: dict[tuple[str, str], _Sort] = field(default_factory=dict)
    letters: list[Letter] = field(default_factory=list)
    looked_at: int = 0

    @property
    def ends(self) -> datetime | None:
        """When SQS deletes the first of what was looked at."""
        oldest = min((sort.oldest for sort in self.sorts.values()), default=None)
        return oldest + self.kept.retention if oldest else None

    def add(self, letter: Letter, *, keep: bool) -> None:
        what, error = described(letter.body)
        sort = self.sorts.setdefault((what, error), _Sort(what, error, letter.at, letter.at))
        sort.number += 1
        sort.oldest, sort.newest = min(sort.oldest, letter.at), max(sort.newest, letter.at)
        self.looked_at += 1
        if keep:
            self.letters.append(letter)


def _list(args: argparse.Namespace, chosen: Mapping[str, str]) -> int:
    contents = {name: _content(url, args.look_at, keep=args.show) for name, url in sorted(chosen.items())}
    if args.json:
        print_json({"queues": [_plain(name, content) for name, content in contents.items()]})
        return 0
    console = output()
    console.print(_table(contents))
    for line in _notes(contents):
        console.print(line)
    for name, content in contents.items():
        for letter in content.letters:
            console.print(f"\n{name}, set aside on {_time(letter.at)} UTC:", style="bold")
            console.print(_whole(letter.body))
    return 0


def _content(url: str, most: int, *, keep: bool) -> _Content:
    content = _Content(kept(url))
    if not content.kept.messages:
        return content
    with Hand(url, HIDDEN) as hand:
        for letters in hand.batches():
            for letter in letters[: most - content.looked_at]:
                content.add(letter, keep=keep)
            if content.looked_at >= most:
                break
    return content


def _table(contents: Mapping[str, _Content]) -> Table:
    made = table("queue", "messages", "what", "error", "of these", "set aside (UTC)", left=6)
    for name, content in contents.items():
        first, number = name, f"{content.kept.messages:,}"
        for sort in content.sorts.values():
            made.add_row(first, number, safe(sort.what), safe(sort.error or NOTHING), f"{sort.number:,}", _since(sort))
            first, number = "", ""
        if not content.sorts:
            made.add_row(name, number)
    return made


def _since(sort: _Sort) -> str:
    oldest, newest = _time(sort.oldest), _time(sort.newest)
    return oldest if oldest == newest else f"{oldest} to {newest}"


def _notes(contents: Mapping[str, _Content]) -> Iterator[str]:
    for name, content in contents.items():
        if content.looked_at < content.kept.messages:
            yield f"Of {name}, {content.looked_at:,} of about {content.kept.messages:,} messages could be looked at."
    if not any(content.kept.messages for content in contents.values()):
        yield "Nothing is set aside."
    if ends := [(content.ends, name) for name, content in contents.items() if content.ends]:
        end, name = min(ends)
        yield f"SQS deletes what stays: the first of it, of {name}, on {_time(end)} UTC."
        yield "To see the messages whole: rekindle dlq list --show"
        yield "Once the cause is gone, to have them handled again: rekindle dlq redrive"


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def _whole(body: str) -> Text:
    with suppress(ValueError):
        body = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    return Text("\n").join(map(safe, body.splitlines()))


def _plain(name: str, content: _Content) -> dict[str, Any]:
    told: dict[str, Any] = {
        "queue": name,
        "messages": content.kept.messages,
        "looked_at": content.looked_at,
        "deleted_from": to_text(content.ends) if content.ends else None,
        "contents": [
            {
                "what": sort.what,
                "error": sort.error or None,
                "messages": sort.number,
                "oldest": to_text(sort.oldest),
                "newest": to_text(sort.newest),
            }
            for sort in content.sorts.values()
        ],
    }
    if content.letters:
        told["bodies"] = [letter.body for letter in content.letters]
    return told


def _redrive(args: argparse.Namespace, chosen: Mapping[str, str]) -> int:
    results = [_brought_back(name, url) for name, url in sorted(chosen.items())]
    if args.json:
        print_json(
            {"queues": [{"queue": each.queue, "brought_back": each.done, "left": each.left} for each in results]}
        )
    else:
        console = output()
        console.print(_outcome(results))
        for line in _what_now({each.queue for each in results if each.done}):
            console.print(line)
    for each in results:
        for why, number in each.left.items():
            complain(f"{each.queue}: {number:,} message{'s stay' if number > 1 else ' stays'}: {why}")
    return 1 if any(each.left for each in results) else 0


def _what_now(queues: set[str]) -> Iterator[str]:
    if not queues:
        yield "Nothing was brought back."
    if queues & {POISON, STREAM}:
        yield f"What was on {' and '.join(sorted(queues & {POISON, STREAM}))} has been handled, here and now."
    if POISON in queues:
        yield "Figures count each record once, however often it is brought back; the recount at 03:00 UTC checks that."
    if queues - {POISON, STREAM}:
        yield "The rest is on the queue it came from, for its function; what fails again is set aside again."


def _brought_back(name: str, url: str) -> Redriven:
    try:
        with counting(f"messages of {name} brought back") as tell:
            return redrive(name, url, tell)
    except KeyboardInterrupt:
        complain(f"{name}: nothing is lost; what was not brought back yet is on the queue, or still being moved by SQS")
        raise


def _outcome(results: list[Redriven]) -> Table:
    made = table("queue", "brought back", "left")
    for each in results:
        made.add_row(each.queue, f"{each.done:,}", f"{sum(each.left.values()):,}")
    return made
