"""Compares what is expected with what is found, and shows the difference line by line."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import groupby
from typing import TypeVar

E = TypeVar("E")
F = TypeVar("F")
Fits = Callable[[E, F], bool]


def is_complete(expected: Sequence[E], found: Sequence[F], fits: Fits[E, F], time: Callable[[F], Hashable]) -> bool:
    """Whether each is the other, in order; the order of those of one time is free."""
    if len(expected) != len(found):
        return False
    begin = 0
    for _, tied in groupby(found, time):
        group = list(tied)
        if not is_included(expected[begin : begin + len(group)], group, fits):
            return False
        begin += len(group)
    return True


def is_included(expected: Sequence[E], found: Sequence[F], fits: Fits[E, F]) -> bool:
    """Whether each that is expected is one of those found, no two the same one; in any order."""
    taken: dict[int, int] = {}

    def place(number: int, tried: set[int]) -> bool:
        """Find one for the expected ``number``; another that has it may have to take a different one."""
        for index, each in enumerate(found):
            if index not in tried and fits(expected[number], each):
                tried.add(index)
                if index not in taken or place(taken[index], tried):
                    taken[index] = number
                    return True
        return False

    return all(place(number, set()) for number in range(len(expected)))


def difference(
    expected: Sequence[E],
    found: Sequence[F],
    fits: Fits[E, F],
    shown: Callable[[E], str],
    shown_found: Callable[[F], str],
) -> Iterator[str]:
    """Lines such as those of ``diff``: ``-`` was expected and is missing, ``+`` is there and was not expected."""
    rows, columns = len(expected), len(found)
    best = [[0] * (columns + 1) for _ in range(rows + 1)]
    for row in reversed(range(rows)):
        for column in reversed(range(columns)):
            same = 1 + best[row + 1][column + 1] if fits(expected[row], found[column]) else 0
            best[row][column] = max(same, best[row + 1][column], best[row][column + 1])
    row = column = 0
    while row < rows or column < columns:
        if (
            row < rows
            and column < columns
            and fits(expected[row], found[column])
            and (best[row][column] == 1 + best[row + 1][column + 1])
        ):
            yield f"  {shown_found(found[column])}"
            row, column = row + 1, column + 1
        elif row < rows and (column == columns or best[row][column] == best[row + 1][column]):
            yield f"- {shown(expected[row])}"
            row += 1
        else:
            yield f"+ {shown_found(found[column])}"
            column += 1
