"""The recipient's wall clock: quiet hours, the next local time of day, and times as text.

A wall time that a clock change skips is read with the offset before the gap; a wall time that occurs twice means its
first occurrence (RFC 5545 §3.3.5). ``zone`` is always an IANA name; every result is aware UTC. An unknown zone raises
``zoneinfo.ZoneInfoNotFoundError``, a time without an offset ``ValueError``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DAY = timedelta(days=1)
_RFC_3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From ``start`` to just before ``end`` in the recipient's local time; may cross midnight; equal means never."""

    start: time = time(21)
    end: time = time(8)

    def covers(self, shown: time) -> bool:
        """Whether the local time ``shown`` is within the quiet hours."""
        if self.start <= self.end:
            return self.start <= shown < self.end
        return shown >= self.start or shown < self.end


def next_local(after: datetime, at: time, zone: str, weekday: int | None = None) -> datetime:
    """The first instant, in UTC, at or after ``after`` when the local time in ``zone`` is ``at``.

    ``weekday`` is as in ``datetime.weekday`` (Monday is 0), of the local date.
    """
    where = ZoneInfo(zone)
    today = _aware(after).astimezone(where).date()
    for days in range(-1, 9):  # yesterday too: a gap at its end may push it into today
        day = today + timedelta(days=days)
        instant = datetime.combine(day, at.replace(fold=0), where).astimezone(UTC)
        if instant >= after and weekday in (None, day.weekday()):
            return instant
    raise ValueError(f"no weekday {weekday!r}; expected 0 (Monday) to 6 (Sunday)")


def is_quiet(now: datetime, quiet: QuietHours, zone: str) -> bool:
    """Whether the recipient's local time is within the quiet hours."""
    return quiet.covers(_aware(now).astimezone(ZoneInfo(zone)).time())


def quiet_until(now: datetime, quiet: QuietHours, zone: str) -> datetime:
    """The first instant, in UTC, at or after ``now`` that is not quiet; clock changes are taken into account."""
    where = ZoneInfo(zone)
    moment = _aware(now).astimezone(UTC)
    while quiet.covers(shown := moment.astimezone(where).time()):
        moment = _change_or(moment, moment + _between(shown, quiet.end), where)
    return moment


def local_date(at: datetime, zone: str | None) -> date:
    """The day of a time in ``zone``; None is UTC."""
    return _aware(at).astimezone(ZoneInfo(zone) if zone else UTC).date()


def stored_zone(zone: str) -> str | None:
    """The zone as it is stored beside what is counted in its days: None for UTC."""
    return None if zone == "UTC" else zone


def is_zone(name: str) -> bool:
    """Whether ``name`` is a time zone this machine knows."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def to_text(moment: datetime) -> str:
    """The time in UTC as text of a fixed width, truncated to milliseconds: texts sort like times.

    >>> to_text(datetime(2026, 11, 22, 7, 39, 25, 123999, UTC))
    '2026-11-22T07:39:25.123Z'
    """
    return _aware(moment).astimezone(UTC).isoformat(timespec="milliseconds")[:23] + "Z"


def from_text(text: str) -> datetime:
    """Read an RFC 3339 time with an offset, in microseconds, as UTC; a leap second becomes the next second.

    >>> from_text("2026-11-22T16:39:25+09:00")
    datetime.datetime(2026, 11, 22, 7, 39, 25, tzinfo=datetime.timezone.utc)
    """
    parts = _RFC_3339.fullmatch(text)
    if parts is None:
        raise ValueError(f"expected a time of RFC 3339 with its offset, got {text!r}")
    try:
        if parts[3] == "60":
            day, minute, _, _, offset = parts.groups()
            return from_text(f"{day}T{minute}:59{offset}") + timedelta(seconds=1)
        moment = datetime.fromisoformat(text.upper())
        return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"expected a time of RFC 3339 with its offset, got {text!r}") from None


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"expected a time with its offset, got {moment.isoformat()} without one")
    return moment


def _between(shown: time, end: time) -> timedelta:
    """The duration from the local time ``shown`` to the next ``end``; a whole day if they are equal."""
    gap = timedelta(
        hours=end.hour - shown.hour,
        minutes=end.minute - shown.minute,
        seconds=end.second - shown.second,
        microseconds=end.microsecond - shown.microsecond,
    )
    return gap if gap > timedelta(0) else gap + _DAY


def _change_or(after: datetime, until: datetime, where: ZoneInfo) -> datetime:
    """The instant of the clock change between the two, or ``until`` if there is none; changes are on whole seconds."""
    before = after.astimezone(where).utcoffset()
    if until.astimezone(where).utcoffset() == before:
        return until
    start = after.replace(microsecond=0)
    low, high = 0, int((until - start).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if (start + timedelta(seconds=middle)).astimezone(where).utcoffset() == before:
            low = middle
        else:
            high = middle
    return start + timedelta(seconds=high)


NEVER = datetime.min.replace(tzinfo=UTC)
"""The time of a value that was never reported: earlier than any other."""
