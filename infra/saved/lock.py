"""One command at a time changes what is left in a folder; the others are told which one does."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.terminal.problem import Problem


@contextmanager
def alone(path: Path, command: str) -> Iterator[None]:
    """Inside, no other command changes ``path``; raises ``Problem`` where one does. ``command`` is what others hear.

    The operating system lets go of it when the process ends, in whatever way.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(path.name + ".lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            other = file.read().strip() or "another command"
            raise Problem(f"{other} is at work in this folder, and only one can be: end it first") from None
        file.truncate(0)
        file.write(f"rekindle {command} (process {os.getpid()})")
        file.flush()
        yield
        file.truncate(0)
