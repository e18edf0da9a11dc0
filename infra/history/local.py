"""An import without a stack: into the tables that the last local run saved, or into those of a new local machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from chalicelib import wiring
from chalicelib.domain.errors import RekindleError
from infra.history.progress import ImportProgress, progress_of
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from infra.saved import state as local_state
from infra.saved.lock import alone
from infra.saved.restore import restored
from infra.saved.state import SavedHeader, read_header

READ_BY = "rekindle kpis and rekindle show read it"


class LocalTables:
    """A local machine. Its tables and the progress are saved in one file, at once, when the import stops or ends."""

    can_continue = True

    def __init__(self, machine: Machine, key: str, before: SavedHeader | None) -> None:
        """``before``: what the machine began with."""
        self._machine, self._key = machine, key
        self._others = {name: place for name, place in (before.places if before else {}).items() if name != key}
        self.begun = progress_of(before.places.get(key) if before else None)
        what = "Added to what the last local run left" if before else "A new local machine"
        self.summary = f"{what}; {READ_BY}."

    @property
    def problems(self) -> list[str]:
        """The functions that failed."""
        return [f"{each.function} failed: {type(each.error).__name__}" for each in self._machine.failures]

    def reached(self, done: ImportProgress) -> None:
        """Run the functions that the rows triggered."""
        self._machine.pump()

    def stop(self, done: ImportProgress) -> None:
        """Save the tables and the progress."""
        local_state.save(places={**self._others, self._key: asdict(done)})

    def finish(self) -> None:
        """Save the tables."""
        local_state.save(places=self._others)


@contextmanager
def local_tables(key: str, *, is_new: bool) -> Iterator[LocalTables]:
    """The saved tables of the last local run; those of a new machine if none are saved, or if ``is_new``.

    An import that began with ``is_new`` and was stopped continues in its own tables. The clock is this machine's, or
    the last run's if that is ahead. Raises ``Problem`` while another command changes the saved tables.
    """
    with alone(local_state.STATE, "import"):
        now = wiring.wall_clock()
        before = _begun_with_new(key) if is_new else read_header()
        with restored(before, now=max(now, before.now)) if before else Machine(VirtualClock(now)) as machine:
            yield LocalTables(machine, key, before)


def _begun_with_new(key: str) -> SavedHeader | None:
    """What a stopped run of the same import saved, which began with empty tables."""
    try:
        before = read_header()
    except RekindleError:
        return None
    return before if before and key in before.places else None
