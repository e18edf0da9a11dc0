"""Comparable CPU times: measured in turns in one process, so that load on the machine slows all of them."""

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from statistics import median
from time import process_time_ns

Work = Callable[[], object]


def interleaved(works: Mapping[str, Work], rounds: int, repeats: int = 1) -> dict[str, list[float]]:
    """CPU seconds of one call of each work, round by round, after one warm-up call of each."""
    for work in works.values():
        work()
    times: dict[str, list[float]] = {name: [] for name in works}
    with without_collection():
        for _ in range(rounds):
            for name, work in works.items():
                start = process_time_ns()
                for _ in range(repeats):
                    work()
                times[name].append((process_time_ns() - start) / repeats / 1e9)
            gc.collect()
    return times


def ratio(of: list[float], to: list[float]) -> float:
    """The median of the rounds' ratios."""
    return median(one / other for one, other in zip(of, to, strict=True))


@contextmanager
def without_collection() -> Iterator[None]:
    """Inside, the garbage collector runs only between the rounds."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
