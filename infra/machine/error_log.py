"""Keeps the errors that the functions log on the local machine, to be shown or to explain a failure."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.adapters import logs
from chalicelib.wiring.outside import SERVICE


class ErrorLog(logging.Handler):
    """Collects errors, each in one line: the logger, the message, and the error itself."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record."""
        error = record.exc_info[1] if record.exc_info else None
        self.found.append(f"{record.name}: {record.getMessage()}" + (f" ({error!r})" if error else ""))


@contextmanager
def collected_errors(*, alone: bool = False) -> Iterator[ErrorLog]:
    """Inside, the functions' errors are collected too; ``alone``: and their log lines are written nowhere."""
    logs.prepare(SERVICE)  # once a process: its handler must be there before it is put aside
    errors, log = ErrorLog(), logging.getLogger(SERVICE)
    handlers, propagates = log.handlers[:], log.propagate
    log.handlers[:], log.propagate = ([errors] if alone else [*handlers, errors]), False
    try:
        yield errors
    finally:
        log.handlers[:], log.propagate = handlers, propagates
