"""A graceful Ctrl-C: the current step is finished first."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, current_thread, main_thread


@contextmanager
def stopping(*by: signal.Signals) -> Iterator[Event]:
    """Inside, the first of these signals sets the event, and a second one interrupts; only in the main thread."""
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
