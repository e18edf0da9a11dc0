"""Changing the saved tables: restored into a machine, changed by the real services, and saved again.

The machine's engine checks every condition of a write, and its functions handle what the change puts on the streams,
so that the counters follow. Its clock stands still: nothing that is due is done.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

from infra.saved.lock import alone
from infra.saved.restore import restored
from infra.saved.state import STATE, is_deployed, require_header, save
from infra.saved.stores import Stores, deployed_stores, origin_of, wired_stores
from infra.terminal.problem import Problem

if TYPE_CHECKING:
    from infra.machine.machine import Machine


@contextmanager
def changing(command: str, path: Path = STATE, environment: Mapping[str, str] = os.environ) -> Iterator[Stores]:
    """Stores to change, and ``wiring`` uses the same: of the deployed tables, or of the saved ones.

    The saved ones are written at the end, all or nothing: an error, Ctrl-C or a crash leaves them as they were.
    Raises ``Problem`` when nothing is saved, or another command is changing it; ``command`` is this one's name.
    """
    if is_deployed(environment):
        yield deployed_stores(environment)
        return
    require_header(path)
    with alone(path, command):
        header = require_header(path)
        with ExitStack() as running:
            with redirect_stdout(sys.stderr):  # the functions' log lines go there from now on
                machine = running.enter_context(restored(header, path))
            yield wired_stores(origin_of(header, path), is_deployed=False)
            _finish(machine)
            save(path, header.places)


def _finish(machine: "Machine") -> None:
    """Handle what the change put on the streams and queues; raises ``Problem`` when a function fails."""
    machine.pump()
    for failure in machine.failures:
        kind = type(failure.error.__cause__ or failure.error).__name__
        raise Problem(f"{failure.function} failed ({kind}): nothing was changed")
