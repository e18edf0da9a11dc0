"""When the order that the surveys are about was placed."""

from datetime import timedelta

from tests.builders import utc

ORDERED = utc("2026-03-02 10:00")


def after(days: int) -> object:
    return ORDERED + timedelta(days=days)
