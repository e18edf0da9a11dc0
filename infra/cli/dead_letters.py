"""Shows the messages on the dead-letter queues for ``rekindle dlq list``: as a table with notes, or as JSON."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from chalicelib.domain.time import to_text
from infra.stack.contents import MessageGroup, QueueContents
from infra.terminal.console import output, safe
from infra.terminal.figures import NOTHING, table


def show(contents: Mapping[str, QueueContents]) -> None:
    """Print the queues, notes about them, and the kept messages."""
    console = output()
    console.print(_table(contents))
    for line in _notes(contents):
        console.print(line)
    for name, content in contents.items():
        for letter in content.letters:
            console.print(f"\n{name}, queued on {_time(letter.at)} UTC:", style="bold")
            console.print(_whole(letter.body))


def plain(name: str, content: QueueContents) -> dict[str, Any]:
    """A queue as JSON."""
    described: dict[str, Any] = {
        "queue": name,
        "messages": content.info.messages,
        "looked_at": content.looked_at,
        "deleted_from": to_text(content.first_deletion) if content.first_deletion else None,
        "contents": [
            {
                "what": group.what,
                "error": group.error or None,
                "messages": group.number,
                "oldest": to_text(group.oldest),
                "newest": to_text(group.newest),
            }
            for group in content.groups.values()
        ],
    }
    bodies = [letter.body for letter in content.letters]
    return described | ({"bodies": bodies} if bodies else {})


def _table(contents: Mapping[str, QueueContents]) -> Table:
    made = table("queue", "messages", "what", "error", "of these", "queued (UTC)", left=6)
    for name, content in contents.items():
        first, number = name, f"{content.info.messages:,}"
        for group in content.groups.values():
            cells = safe(group.what), safe(group.error or NOTHING), f"{group.number:,}", _period(group)
            made.add_row(first, number, *cells)
            first, number = "", ""
        if not content.groups:
            made.add_row(name, number)
    return made


def _period(group: MessageGroup) -> str:
    oldest, newest = _time(group.oldest), _time(group.newest)
    return oldest if oldest == newest else f"{oldest} to {newest}"


def _notes(contents: Mapping[str, QueueContents]) -> Iterator[str]:
    for name, content in contents.items():
        if content.looked_at < content.info.messages:
            yield f"{name}: {content.looked_at:,} of about {content.info.messages:,} messages could be read."
    if not any(content.info.messages for content in contents.values()):
        yield "The dead-letter queues are empty."
    if ends := [(content.first_deletion, name) for name, content in contents.items() if content.first_deletion]:
        end, name = min(ends)
        yield f"SQS deletes messages that stay: the oldest one, in {name}, on {_time(end)} UTC."
        yield "To see whole messages: rekindle dlq list --show"
        yield "To process them again once the cause is fixed: rekindle dlq redrive"


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def _whole(body: str) -> Text:
    with suppress(ValueError):
        body = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    return Text("\n").join(map(safe, body.splitlines()))
