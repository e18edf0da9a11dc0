"""Python's cycle collector, run less often: a machine full of items has little garbage."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

OFTEN, SELDOM = 20_000, 15


@contextmanager
def less_collection() -> Iterator[None]:
    """Inside, cycles are looked for after 20,000 new objects instead of 700, and not among the objects of before.

    A replay keeps hundreds of thousands of live objects; looking through them repeatedly took a third of its time.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(OFTEN, SELDOM, SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
