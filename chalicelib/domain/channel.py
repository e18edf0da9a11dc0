"""The channels by which a message reaches a person."""

from enum import StrEnum


class Channel(StrEnum):
    """A consent names the channels it is for; a message goes by one. See docs/extending.md for how to add one."""

    EMAIL = "email"
