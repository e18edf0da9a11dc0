"""The contents of a dead-letter queue: its messages, grouped by description and error."""

from dataclasses import dataclass, field
from datetime import datetime

from infra.stack.dead_letters import DeadLetter, MessageLease, QueueInfo, queue_info
from infra.stack.descriptions import described

HIDDEN = 60
"""Seconds, at most, during which no other consumer receives the messages that are being read."""


@dataclass
class MessageGroup:
    """Messages with the same description and error; ``oldest`` and ``newest``: the first and last ``at``."""

    what: str
    error: str
    oldest: datetime
    newest: datetime
    number: int = 0


@dataclass
class QueueContents:
    """A queue, and the groups of the messages that were read; ``letters`` has their bodies only on request."""

    info: QueueInfo
    groups: dict[tuple[str, str], MessageGroup] = field(default_factory=dict)
    letters: list[DeadLetter] = field(default_factory=list)
    looked_at: int = 0

    @property
    def first_deletion(self) -> datetime | None:
        """When SQS deletes the oldest of the messages that were read."""
        oldest = min((group.oldest for group in self.groups.values()), default=None)
        return oldest + self.info.retention if oldest else None

    def add(self, letter: DeadLetter, *, keep: bool) -> None:
        """Count one message."""
        what, error = described(letter.body)
        group = self.groups.setdefault((what, error), MessageGroup(what, error, letter.at, letter.at))
        group.number += 1
        group.oldest, group.newest = min(group.oldest, letter.at), max(group.newest, letter.at)
        self.looked_at += 1
        if keep:
            self.letters.append(letter)


def contents(url: str, most: int, *, keep: bool) -> QueueContents:
    """Read up to ``most`` messages of a queue; all stay on the queue. With ``keep``, their bodies are kept too."""
    found = QueueContents(queue_info(url))
    if not found.info.messages:
        return found
    with MessageLease(url, HIDDEN) as lease:
        for letters in lease.batches():
            for letter in letters[: most - found.looked_at]:
                found.add(letter, keep=keep)
            if found.looked_at >= most:
                break
    return found
