"""The declaration ``COMMAND`` of a command's module."""

from dataclasses import dataclass

LAST = 1000


@dataclass(frozen=True)
class Command:
    """A command's name, one line that describes it, and examples.

    Commands are listed by ``place``, and then by name.
    """

    name: str
    summary: str
    examples: tuple[str, ...]
    place: int = LAST
