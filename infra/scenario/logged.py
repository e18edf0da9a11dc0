"""The errors that the functions log while a story is played: they explain a failure."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.adapters import logs
from chalicelib.wiring.outside import SERVICE


class _Errors(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self.found.append(f"{record.name}: {record.getMessage()}" + (f" ({error!r})" if error else ""))


@contextmanager
def logged_errors() -> Iterator[list[str]]:
    """Inside, the functions' log lines are not shown; the list collects those of errors."""
    logs.prepare(SERVICE)  # once a process: its handler must be there before it is put aside
    errors, log = _Errors(), logging.getLogger(SERVICE)
    handlers, propagate = log.handlers[:], log.propagate
    log.handlers[:], log.propagate = [errors], False
    try:
        yield errors.found
    finally:
        log.handlers[:], log.propagate = handlers, propagate
