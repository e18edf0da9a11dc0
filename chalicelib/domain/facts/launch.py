"""Launches: what early access is given to, and what happens to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar, NamedTuple

from chalicelib.domain.facts.fact import Event, Fact
from chalicelib.domain.words import NO_TITLE, line


@dataclass(frozen=True, slots=True)
class Launch(Fact):
    """What early access is given to. ``early_by``: by tier, how long before ``opens_at`` its members may buy."""

    kind: ClassVar[str] = "launch"
    announced: ClassVar[tuple[str, ...]] = ("opens_at", "ends_at")
    id: str
    at: datetime
    name: str
    products: tuple[str, ...]
    segment: str
    opens_at: datetime
    ends_at: datetime
    early_by: Mapping[str, timedelta] = field(default_factory=dict)
    withdrawn: bool = False
    url: str = ""

    def cleaned(self) -> Launch:
        """The same, with a name of one line; the shop speaks for itself in it."""
        return replace(self, name=line(self.name) or NO_TITLE)

    def events(self) -> Iterator[Event]:
        """That it was announced or changed, or withdrawn."""
        kind = LaunchWithdrawn if self.withdrawn else LaunchAnnounced
        yield kind(self.id, self.at, self)


@dataclass(frozen=True, slots=True)
class LaunchAnnounced(Event):
    """A launch was announced or changed."""

    key_name: ClassVar[str] = "launch_id"
    enrolls: ClassVar[bool] = True
    launch: Launch


@dataclass(frozen=True, slots=True)
class LaunchWithdrawn(Event):
    """A launch was called off."""

    key_name: ClassVar[str] = "launch_id"
    launch: Launch


@dataclass(frozen=True, slots=True)
class LaunchEnded(Event):
    """A launch is over."""

    key_name: ClassVar[str] = "launch_id"
    launch: Launch


class Announcement(NamedTuple):
    """When a launch was announced first, by its own time, and when its present version was noticed, by this clock."""

    announced_at: datetime
    noticed_at: datetime
