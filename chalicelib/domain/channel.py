"""The channels by which a message reaches a person."""

from enum import StrEnum


class Channel(StrEnum):
    """A consent names its channels; a message is sent through one. See docs/extending.md for how to add a channel."""

    EMAIL = "email"
