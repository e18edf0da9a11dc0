"""The lines of a text file, numbered from 1. No line takes more memory than the longest allowed row."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, TextIO, TypeVar

from chalicelib.domain.errors import InvalidFact

T = TypeVar("T")

LONGEST_ROW = 1_000_000
"""Characters of a row. A stored fact has at most 400 KB, the size of an item in DynamoDB."""


class TextLine(NamedTuple):
    """A line with its line break; ``is_cut``: it was longer than ``LONGEST_ROW``, and the rest was skipped."""

    number: int
    text: str
    is_cut: bool = False


class FileRecord(NamedTuple):
    """The record in the lines ``first`` to ``last`` of a file, in the form of its format."""

    first: int
    last: int
    content: Any


def text_lines(file: TextIO) -> Iterator[TextLine]:
    """The lines of a file."""
    number = 0
    while text := file.readline(LONGEST_ROW + 1):
        number += 1
        is_cut = len(text) > LONGEST_ROW and not _has_end(text)
        yield TextLine(number, text, is_cut)
        while is_cut and (more := file.readline(LONGEST_ROW)):
            is_cut = not _has_end(more)


def grouped(rows: Iterable[T], key: Callable[[T], str | None]) -> Iterator[tuple[list[T], list[T]]]:
    """Rows with the same key that follow each other, and those without one (None) among them and up to the next."""
    group: list[T] = []
    doubtful: list[T] = []
    known: str | None = None
    for row in rows:
        found = key(row)
        if found is None:
            doubtful.append(row)
        elif group and found == known:
            group.append(row)
        else:
            yield group, doubtful
            group, doubtful, known = [row], [], found
    yield group, doubtful


def too_long() -> InvalidFact:
    """The error of a row that was cut."""
    return InvalidFact("row", f"expected no more than {LONGEST_ROW:,} characters")


def _has_end(text: str) -> bool:
    return text.endswith(("\n", "\r"))
