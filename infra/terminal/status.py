"""The end of a command: its exit status, and one clear line for each error."""

import os
import sys
from collections.abc import Callable

from chalicelib.domain.errors import RekindleError
from infra.terminal.console import close_output, complain

STOPPED = 130
"""The exit status after Ctrl-C."""


def exit_status(run: Callable[[], int]) -> int:
    """Run a command and return the exit status; whatever it raises is one line on standard error.

    What ``run`` returns; 1: failure, or the reader of its output is gone; 130: stopped by Ctrl-C.
    """
    try:
        status = run()
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        complain("stopped")
        return STOPPED
    except BrokenPipeError:
        close_output()
    except Exception as error:
        if os.environ.get("REKINDLE_TRACEBACK") and not isinstance(error, RekindleError):
            raise
        complain(_in_words(error))
    return 1


def _in_words(error: Exception) -> str:
    match error:
        case OSError():
            reason = error.strerror or str(error) or type(error).__name__
            return f"{error.filename}: {reason}" if error.filename else reason
        case RekindleError() | ValueError():
            return str(error)
        case _:
            return f"unexpected {type(error).__name__}: {error} (REKINDLE_TRACEBACK=1 shows where)"
