"""The time of the local machine: it stands still until it is moved."""

from datetime import UTC, datetime, timedelta

MINUTE = timedelta(minutes=1)


class VirtualClock:
    """Aware UTC time that moves only when it is set, and never back except by ``set_back``."""

    def __init__(self, start: datetime) -> None:
        """``start`` is any aware time. Raises ValueError for a naive one."""
        self._now = _in_utc(start)

    def now(self) -> datetime:
        """The current virtual time, aware, UTC."""
        return self._now

    def set(self, time: datetime) -> None:
        """Move to ``time``. Raises ValueError when that is naive or in the past."""
        moved = _in_utc(time)
        if moved < self._now:
            raise ValueError(f"time does not go back from {self._now.isoformat()} to {moved.isoformat()}")
        self._now = moved

    def set_back(self, time: datetime) -> None:
        """Move back, as a computer's clock does when it is corrected: only for tests of that fault."""
        self._now = _in_utc(time)


def whole_minute(time: datetime) -> datetime:
    """``time`` itself if it is a whole minute, else the next one: when a schedule of every minute runs."""
    floor = time.replace(second=0, microsecond=0)
    return floor if floor == time else floor + MINUTE


def _in_utc(time: datetime) -> datetime:
    if time.tzinfo is None:
        raise ValueError(f"the clock needs an aware time, got the naive {time.isoformat()}")
    return time.astimezone(UTC)
