"""Changing the saved tables: they are restored into a machine, changed by the real services, and saved again.

The machine's engine checks every condition of a write, and its functions handle the change's stream records, so that
the counters are updated. Its clock does not advance: due enrollments are not handled.
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
    """Stores that can be changed, of the deployed tables or of the saved ones; ``wiring`` uses the same stores.

    The saved tables are written at the end, all or nothing: an error, Ctrl-C or a crash leaves them unchanged.
    Raises ``Problem`` if nothing is saved, or another command is changing it; ``command`` is the name of this one.
    """
    if is_deployed(environment):
        yield deployed_stores(environment)
        return
    require_header(path)
    with alone(path, command):
        header = require_header(path)
        with ExitStack() as running:
            with redirect_stdout(sys.stderr):  # the functions' log lines are written there from now on
                machine = running.enter_context(restored(header, path))
            yield wired_stores(origin_of(header, path), is_deployed=False)
            _finish(machine)
            save(path, header.places)


def _finish(machine: "Machine") -> None:
    """Handle the change's stream records and queue messages; raises ``Problem`` if a function fails."""
    machine.pump()
    for failure in machine.failures:
        kind = type(failure.error.__cause__ or failure.error).__name__
        raise Problem(f"{failure.function} failed ({kind}): nothing was changed")
