"""Times in scenarios: durations, times that count from now, and times inside other text."""

import re
from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain.time import from_text, to_text

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
DURATION = r"(\d+[smhd])+"
LONGEST = 60
"""Characters of a wrong text that are shown."""
NOW = rf"now([+-]{DURATION})?"
_PART = re.compile(r"(\d+)([smhd])", re.ASCII)
_NOW = re.compile(NOW, re.ASCII)
_INSIDE = re.compile(rf"\{{({NOW})(\|([^{{}}]*))?\}}", re.ASCII)


class WrongTime(ValueError):
    """A text in a story is no time, or none that exists."""


def duration(text: str) -> timedelta:
    """``25h``, ``90m``, ``1d12h``. Raises ``WrongTime``."""
    if not re.fullmatch(DURATION, text, re.ASCII):
        raise WrongTime(f"expected a duration such as 25h, 90m or 1d12h, got {text!r}")
    try:
        return sum((timedelta(**{UNITS[unit]: int(number)}) for number, unit in _PART.findall(text)), timedelta(0))
    except (OverflowError, ValueError):  # too long, or too many digits
        raise WrongTime(f"expected a shorter duration, got {shortened(text)}") from None


def later(text: str, now: datetime) -> datetime:
    """The time a duration after ``now``. Raises ``WrongTime``."""
    try:
        return now + duration(text)
    except OverflowError:
        raise WrongTime(f"expected a shorter duration, got {shortened(text)}") from None


def shortened(text: str) -> str:
    """A text in quotes, cut where it is long."""
    return repr(text if len(text) <= LONGEST else f"{text[:LONGEST]}…")


def moment(text: str, now: datetime) -> datetime:
    """``now``, ``now-2h``, or a time of RFC 3339 with its offset; in UTC. Raises ``WrongTime``."""
    if _NOW.fullmatch(text):
        return _relative(text, now)
    try:
        return from_text(text)
    except ValueError:
        expected = "expected a time such as 2026-03-03T12:00:00+09:00, now or now-2h"
        raise WrongTime(f"{expected}, got {shortened(text)}") from None


def told(value: Any, now: datetime) -> Any:
    """A fact's value, with the time in place of each text that is wholly such as ``now-2h``. Raises ``WrongTime``."""
    match value:
        case str() if _NOW.fullmatch(value):
            return to_text(_relative(value, now))
        case dict():
            return {name: told(inner, now) for name, inner in value.items()}
        case list():
            return [told(inner, now) for inner in value]
        case _:
            return value


def filled(text: str, now: datetime) -> str:
    """A text, with the time in place of each ``{now-1h|%Y-%m-%dT%H:%M:%SZ}``; without a format it is RFC 3339. UTC.

    Raises ``WrongTime``.
    """

    def replaced(found: re.Match[str]) -> str:
        time, shape = _relative(found[1], now), found[5]
        try:
            return to_text(time) if shape is None else time.strftime(shape)
        except ValueError as error:
            raise WrongTime(f"expected a form of a time, got {shortened(str(shape))}: {error}") from None

    return _INSIDE.sub(replaced, text)


def _relative(text: str, now: datetime) -> datetime:
    sign, rest = text[3:4], text[4:]
    if not sign:
        return now
    try:
        return now + duration(rest) if sign == "+" else now - duration(rest)
    except (OverflowError, WrongTime):
        raise WrongTime(f"expected a time that exists, got {shortened(text)}") from None
