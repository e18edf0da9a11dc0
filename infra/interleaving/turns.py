"""Several threads of which exactly one goes on at a time: each stops before every call to AWS.

Which one goes on is decided by ``choose`` alone, so the same choices make the same calls in the same order.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from threading import Semaphore, Thread, local
from typing import Any, Protocol

LONGEST = 120
"""Seconds of real time that a thread waits for its turn before something must be wrong."""


class Choose(Protocol):
    """Says which thread goes on; they are numbered from 0."""

    def __call__(self, current: int | None, living: Sequence[int]) -> int:
        """``current`` is about to make a call (None: it has just ended, or nothing has begun)."""
        ...


class Stuck(RuntimeError):
    """A thread waited too long: the one that goes on never makes a call or ends."""


class Turns:
    """Runs some works, each in a thread of its own.

    ``globals_``: variables of the process that belong to whoever goes on, as (their holder, their name): on AWS each
    function has a process of its own.
    """

    def __init__(self, choose: Choose, globals_: Sequence[tuple[Any, str]] = ()) -> None:
        self._choose, self._globals = choose, globals_
        self._own = local()
        self._semaphores: list[Semaphore] = []
        self._living: list[int] = []
        self._errors: dict[int, BaseException] = {}
        self._done = Semaphore(0)

    @property
    def current(self) -> int | None:
        """The number of the thread that asks; None for one that does not take turns."""
        return getattr(self._own, "number", None)

    def run(self, works: Sequence[Callable[[], object]]) -> Mapping[int, BaseException]:
        """Run all works to their ends; returns the errors with which some ended, by number."""
        self._semaphores = [Semaphore(0) for _ in works]
        self._living = list(range(len(works)))
        threads = [Thread(target=self._live, args=(number, work), daemon=True) for number, work in enumerate(works)]
        with ExitStack() as undo:
            for holder, name in self._globals:
                undo.callback(setattr, holder, name, getattr(holder, name, None))
            for thread in threads:
                thread.start()
            self._semaphores[self._choose(None, self._living)].release()
            self._wait(self._done)
            for thread in threads:
                thread.join()
        return self._errors

    def pause(self) -> None:
        """Called by a thread before a call: the one that is chosen goes on."""
        number = self.current
        if number is None:
            return
        following = self._choose(number, self._living)
        if following == number:
            return
        values = [getattr(holder, name, None) for holder, name in self._globals]
        self._semaphores[following].release()
        self._wait(self._semaphores[number])
        for (holder, name), value in zip(self._globals, values, strict=True):
            setattr(holder, name, value)

    def _live(self, number: int, work: Callable[[], object]) -> None:
        self._own.number = number
        self._wait(self._semaphores[number])
        try:
            work()
        except BaseException as error:
            self._errors[number] = error
        self._living.remove(number)
        if self._living:
            self._semaphores[self._choose(None, self._living)].release()
        else:
            self._done.release()

    @staticmethod
    def _wait(semaphore: Semaphore) -> None:
        if not semaphore.acquire(timeout=LONGEST):
            raise Stuck(f"no turn within {LONGEST} seconds")
