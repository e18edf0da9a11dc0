"""A queue in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Message:
    """A message on a queue."""

    body: Mapping[str, Any]
    group: str | None = None
    deduplication: str | None = None


@dataclass
class FakeQueue:
    """A queue whose messages stay until a test takes them; one id is taken in once, as within five minutes."""

    messages: list[Message] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def put(self, body: Mapping[str, Any], group: str | None = None, deduplication: str | None = None) -> None:
        if self.errors:
            raise self.errors.pop(0)
        if deduplication in self.ids:
            return
        if deduplication:
            self.ids.add(deduplication)
        self.messages.append(Message(body, group, deduplication))

    def depth(self) -> int:
        return len(self.messages)

    @property
    def bodies(self) -> list[Mapping[str, Any]]:
        """What waits, in order."""
        return [message.body for message in self.messages]
