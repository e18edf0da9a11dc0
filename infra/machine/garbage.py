"""Python's cycle collector, told that a machine full of items is no garbage."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

OFTEN, SELDOM = 20_000, 15


@contextmanager
def collected_seldom() -> Iterator[None]:
    """Inside, cycles are looked for after 20,000 new objects instead of 700, and what was there before is left alone.

    A replay keeps hundreds of thousands of living objects; going through them again and again took a third of its time.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(OFTEN, SELDOM, SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
