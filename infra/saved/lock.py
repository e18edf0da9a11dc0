"""A lock: only one command at a time changes the saved tables in a folder; a second one gets an error."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.saved.private import make_private
from infra.terminal.problem import Problem


@contextmanager
def alone(path: Path, command: str) -> Iterator[None]:
    """Inside, no other command changes ``path``; raises ``Problem`` if one is running. ``command``: this one's name.

    The operating system releases the lock when the process ends, however it ends.
    """
    make_private(path.parent)
    with path.with_name(path.name + ".lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            other = file.read().strip() or "another command"
            raise Problem(f"{other} is changing this folder, and only one command can: stop it first") from None
        file.truncate(0)
        file.write(f"rekindle {command} (process {os.getpid()})")
        file.flush()
        yield
        file.truncate(0)
