"""When a schedule of the packaged template runs next."""

import re
from datetime import datetime, timedelta

RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
CRON = re.compile(r"cron\((\d+) (\d+) \* \* \? \*\)")
UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}


def next_run(expression: str, after: datetime) -> datetime:
    """The first run strictly after ``after`` (aware UTC); rates are aligned to midnight UTC, crons are UTC.

    Raises ValueError for a cron that is not daily at a fixed time: no schedule here needs more.
    """
    midnight = after.replace(hour=0, minute=0, second=0, microsecond=0)
    if rate := RATE.fullmatch(expression):
        period = int(rate[1]) * UNITS[rate[2]]
        return midnight + ((after - midnight) // period + 1) * period
    if cron := CRON.fullmatch(expression):
        run = midnight + timedelta(hours=int(cron[2]), minutes=int(cron[1]))
        return run if run > after else run + timedelta(days=1)
    raise ValueError(f"only a rate or a daily cron is supported here, got {expression!r}")
