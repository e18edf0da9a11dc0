"""What all facts have in common: a fact is what a shop's system reports of one customer, or (a launch) of many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

FAST_CLOCK = timedelta(minutes=5)
"""How far a sender's clock may be ahead. A time within this is kept as it was told, so that it sorts versions."""


class Fact:
    """A frozen dataclass with the source's own time ``at``, aware UTC; of two versions the later one holds.

    ``kind`` is its name where facts are stored; ``named_by`` the fields that tell it from the customer's other facts of
    this kind, none if there is only one; ``announced`` the times that may lie ahead (an opening), all others are of
    what has happened.
    """

    __slots__ = ()
    kind: ClassVar[str]
    named_by: ClassVar[tuple[str, ...]] = ()
    announced: ClassVar[tuple[str, ...]] = ()
    at: datetime

    @property
    def own_id(self) -> str:
        """Which of the customer's facts of this kind it is; empty where there is only one."""
        return "#".join(getattr(self, name) for name in self.named_by)

    @property
    def version_at(self) -> datetime:
        """The time that sorts its versions: by default its own."""
        return self.at

    def events(self) -> Iterator[Event]:
        """All events of this version; none by default."""
        return iter(())

    def clamped(self, latest: datetime, now: datetime) -> Self:
        """The same, with ``now`` for each time after ``latest``, unless such a time may lie ahead."""
        this: Any = self
        times = ((each.name, getattr(self, each.name)) for each in fields(this) if each.name not in self.announced)
        ahead = {name: now for name, value in times if isinstance(value, datetime) and value > latest}
        changed: Self = replace(this, **ahead) if ahead else self
        return changed

    def cleaned(self) -> Self:
        """The same, with no words in it that could speak for the shop in a message (``words``)."""
        return self

    def news(self, old: Fact | None) -> list[Event]:
        """The events of this version that ``old``, its former version, did not have."""
        known = {(type(event), event.key, event.at) for event in old.events()} if old else set()
        return [event for event in self.events() if (type(event), event.key, event.at) not in known]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to one customer, or (for a launch) to many; named in the past tense.

    ``key`` names the customer's thing it is about (a cart, an order, a launch), and ``key_name`` what that key is
    called; ``at`` is its own time, aware UTC. ``enrolls``: it may begin a run of a journey. ``is_announced``: sources
    may report it ahead, and until its time it has not happened.
    """

    key_name: ClassVar[str] = ""
    enrolls: ClassVar[bool] = False
    is_announced: ClassVar[bool] = False
    key: str
    at: datetime
