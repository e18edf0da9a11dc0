"""The functions' CPU without that of AWS: each run is recorded once, and then played again.

A run of a function is its event, the time, and the answers to its requests, in order. When it is played, botocore
makes and signs each request and parses each answer as before, but moto, which replaces AWS here, is not called, and
does not evict the functions from the processor's caches. The network is not included.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from io import StringIO
from statistics import median
from time import process_time_ns
from typing import Any

from moto.core.botocore_stubber import BotocoreStubber

from infra.bench.timing import without_collection
from infra.machine.clock import VirtualClock
from infra.scoped.changes import replaced

Handler = Callable[[Any, Any], Any]


@dataclass
class Run:
    """One run of a function, with all data to run it again."""

    function: str
    handler: Handler
    event: Any
    context: Any
    at: datetime
    answers: list[Any] = field(default_factory=list)


class Tape:
    """Records and plays runs, with the clock of the functions."""

    def __init__(self, clock: VirtualClock) -> None:
        self.runs: list[Run] = []
        self._clock = clock
        self._current: Run | None = None

    def recorded(self, function: str, handler: Handler) -> Handler:
        """The handler, recorded under this name."""

        def run(event: Any, context: Any) -> Any:
            self._current = Run(function, handler, event, context, self._clock.now())
            self.runs.append(self._current)
            try:
                return handler(event, context)
            finally:
                self._current = None

        return run

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Inside, answers are recorded. The machine must simulate HTTP."""
        answer = BotocoreStubber.process_request

        def kept(stubber: BotocoreStubber, request: Any) -> Any:
            found = answer(stubber, request)
            if self._current is not None:
                self._current.answers.append(found)
            return found

        with replaced(BotocoreStubber, "process_request", kept):
            yield

    def play(self, rounds: int) -> dict[str, float]:
        """CPU seconds by function, of all its runs together: the median of several rounds, after a warm-up round.

        Raises if a run makes fewer or more requests than when it was recorded.
        """
        end = self._clock.now()
        with without_collection():
            played = [self._round() for _ in range(rounds + 1)][1:]
        self._clock.set_back(end)
        return {function: median(each[function] for each in played) / 1e9 for function in played[0]}

    def _round(self) -> Counter[str]:
        nanoseconds: Counter[str] = Counter()
        for run in self.runs:
            self._clock.set_back(run.at)
            left = list(reversed(run.answers))
            answers = staticmethod(partial(_next, left))
            with replaced(BotocoreStubber, "process_request", answers), redirect_stdout(StringIO()):
                start = process_time_ns()
                run.handler(run.event, run.context)
                nanoseconds[run.function] += process_time_ns() - start
            if left:
                raise RuntimeError(f"{run.function} asked for less than when it was recorded")
        return nanoseconds


def _next(left: list[Any], request: Any) -> Any:
    return left.pop()
