"""The channels by which a message reaches a person."""

from enum import StrEnum


class Channel(StrEnum):
    """A consent names its channels; a message is sent through one. See docs/extending.md for how to add a channel."""

    EMAIL = "email"

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of a message, each a template of its own: ``txt``, and ``subject`` and ``html`` if it has them."""
        return _PARTS[self]


_PARTS = {Channel.EMAIL: ("subject", "html", "txt")}
