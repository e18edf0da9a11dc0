"""Times in their stored form: UTC, truncated to milliseconds."""

import re
from datetime import UTC, datetime

import msgspec

from chalicelib.domain.errors import InvalidFact

EARLIEST, LATEST = 1970, 2200
"""Years. Other times are mistakes, and would break calculations."""
QUOTED = 40
"""How many characters of a text an error quotes."""
_SECONDS = re.compile(r"\d{9,10}(?:\.\d{1,9})?", re.ASCII)


def is_accepted(at: datetime) -> bool:
    """Whether a time is in the years that are accepted."""
    return EARLIEST <= at.year <= LATEST


def check(path: str, at: datetime) -> None:
    """Raise ``InvalidFact`` for a time outside the years that are accepted."""
    if not is_accepted(at):
        raise InvalidFact(path, f"expected a time between {EARLIEST} and {LATEST}")


def moment(path: str, at: datetime) -> datetime:
    """A time in its stored form; without an offset it is UTC. Raises ``InvalidFact`` for a year out of range."""
    check(path, at)
    return truncated(at if at.tzinfo else at.replace(tzinfo=UTC))


def moment_of(path: str, body: msgspec.Struct, field: str) -> datetime | None:
    """The time in a field of a body, None if it is missing; raises ``InvalidFact``."""
    value: datetime | None = getattr(body, field)
    return None if value is None else moment(f"{path}.{field}", value)


def truncated(at: datetime) -> datetime:
    """An aware time in UTC, truncated to milliseconds."""
    at = at.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def utc_time(text: str) -> datetime:
    """An ISO date or date-time, aware UTC; without an offset it is UTC, a date means midnight. Raises ValueError."""
    try:
        found = datetime.fromisoformat(text)
        at = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"expected an ISO date or date-time, got {text[:QUOTED]!r}") from None
    if not is_accepted(at):
        raise ValueError(f"expected a year from {EARLIEST} to {LATEST}, got {text!r}")
    return at


def utc_text(text: str) -> str:
    """The time of ``utc_time`` as text with its offset."""
    return utc_time(text).isoformat()


def seconds_text(text: str) -> str | None:
    """The time of a number of seconds since 1970 as text with its offset; None for any other text.

    It has nine or ten digits, as all from 1973 to 2200 have.
    """
    at = datetime.fromtimestamp(float(text), UTC) if _SECONDS.fullmatch(text) else None
    return truncated(at).isoformat() if at and is_accepted(at) else None
