"""Python's cycle collector, run less often: a machine full of items has little garbage."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

OFTEN, SELDOM = 20_000, 15


@contextmanager
def less_collection() -> Iterator[None]:
    """Inside, cycles are searched for after 20,000 new objects instead of 700, and older objects are not searched.

    A replay keeps hundreds of thousands of living objects: searching them again and again took a third of its time.
    The garbage of earlier machines is collected first, because it would otherwise be kept and memory would grow with
    each machine; the remaining objects (mostly modules) are never searched again, so this costs little.
    """
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(OFTEN, SELDOM, SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
