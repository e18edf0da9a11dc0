"""Who goes on when: a list of turns, each some calls of one of the works."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Mishap = Literal["lose_answer", "lose_request", "crash_before", "crash_after"]
CARRIED_OUT: frozenset[Mishap] = frozenset({"lose_answer", "crash_after"})
"""The mishaps of calls that AWS carries out."""
CRASHES: frozenset[Mishap] = frozenset({"crash_before", "crash_after"})
"""The mishaps that end the function."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The work number ``of`` (from 1) makes so many ``calls`` to AWS (None: all that it has left).

    ``last``: what happens to the last of them.
    """

    of: int
    calls: int | None = None
    last: Mishap | None = None


class Schedule:
    """Follows a list of turns; after it each work goes on until it ends. Turns of one that has ended are left out."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._turns = list(turns)
        self._place, self._made = 0, 0
        self.cut: set[int] = set()
        """The places of the turns whose works ended before they had made all their calls."""

    def __call__(self, current: int | None, living: Sequence[int]) -> int:
        """The number, from 0, of the work that goes on; see ``Choose``."""
        turn = self._turn
        if turn and current is None and turn.of - 1 not in living:
            if turn.calls is None or self._made < turn.calls:
                self.cut.add(self._place)
            self._next(living)
        elif turn and current is not None and turn.calls is not None and self._made >= turn.calls:
            self._next(living)
        if self._turn:
            return self._turn.of - 1
        return living[0] if current is None else current

    def called(self) -> Mishap | None:
        """The chosen work makes a call now; returns what happens to it."""
        turn = self._turn
        if turn is None:
            return None
        self._made += 1
        return turn.last if turn.calls == self._made else None

    @property
    def _turn(self) -> Turn | None:
        return self._turns[self._place] if self._place < len(self._turns) else None

    def _next(self, living: Sequence[int]) -> None:
        self._place, self._made = self._place + 1, 0
        while self._turn and self._turn.of - 1 not in living:
            self._place += 1
