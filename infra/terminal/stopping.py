"""Ctrl-C that leaves nothing broken: what was begun is brought to an end first."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, current_thread, main_thread


@contextmanager
def stopping(*by: signal.Signals) -> Iterator[Event]:
    """Inside, these signals set what is given; a second one interrupts. Only the main thread hears signals."""
    stop = Event()

    def note(*_: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    if current_thread() is not main_thread():
        yield stop
        return
    before = {each: signal.signal(each, note) for each in by}
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
