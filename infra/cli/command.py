"""What the module of a command declares as ``COMMAND``."""

from dataclasses import dataclass

LAST = 1000


@dataclass(frozen=True)
class Command:
    """A command's name, one line that says what it does, and examples.

    ``place``: commands are listed by it, and then by name.
    """

    name: str
    summary: str
    examples: tuple[str, ...]
    place: int = LAST
