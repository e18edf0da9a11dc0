"""Event sources that are held up: a stream that lags, a queue that is not read for a while."""

from collections.abc import Callable, Iterable
from datetime import datetime

from infra.machine.assembly import Pump


class Holds:
    """Until when each pump is held; ``now`` is the virtual clock."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._until: dict[int, datetime] = {}

    def hold(self, pumps: Iterable[Pump], until: datetime) -> None:
        """Let these pass nothing before ``until``."""
        self._until |= {id(pump): until for pump in pumps}

    def is_held(self, pump: Pump) -> bool:
        """Whether it passes nothing now."""
        return id(pump) in self._until and self._until[id(pump)] > self._now()

    def next_due(self, pump: Pump) -> datetime | None:
        """When it next has something to do: not before the hold ends."""
        if not self.is_held(pump):
            return pump.next_due()
        return self._until[id(pump)] if pump.backlog else None
