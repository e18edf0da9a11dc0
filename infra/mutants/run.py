"""Runs mutmut on one module in its folder, and follows how far it is."""

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from infra.mutants.plan import Target
from infra.mutants.results import Fate, fates, reopen
from infra.mutants.workspace import ROOT, lay
from infra.terminal.problem import Problem

MUTMUT = (str(Path(sys.executable).with_name("mutmut")),)
SECONDS_BETWEEN_LOOKS = 2.0


def run(
    target: Target,
    follow: Callable[[str], None],
    *,
    workers: int,
    fresh: bool = False,
    root: Path = ROOT,
    program: tuple[str, ...] = MUTMUT,
) -> None:
    """Judge the module's mutants that no test has killed yet; ``follow`` is told how far it is.

    ``workers`` processes side by side; ``fresh``: the killed again as well; ``program``: how mutmut is called.
    Raises ``Problem`` if mutmut fails; whatever happens, what is known is kept.
    """
    here = lay(target, root, fresh=fresh)
    reopen(target, root)
    log = here / "log.txt"
    command = [*program, "run", "--max-children", str(workers)]
    with log.open("w") as output:
        try:
            process = subprocess.Popen(command, cwd=here, stdout=output, stderr=subprocess.STDOUT)  # noqa: S603
        except OSError as error:
            raise Problem("there is no mutmut beside this Python: run make mutants") from error
        try:
            while process.poll() is None:
                with suppress(json.JSONDecodeError):  # mutmut is writing it
                    follow(how_far(target, root))
                _wait(process)
        finally:
            process.wait()  # Ctrl-C reaches mutmut as well, which stops by itself
    if process.returncode:
        raise Problem(f"mutmut failed on {target.name}: see {log}")


def how_far(target: Target, root: Path = ROOT) -> str:
    """In words: how many of its mutants are judged, and how many of them survived."""
    found = fates(target, root)
    if not (total := found.total()):
        return f"{target.name}: making mutants, collecting tests"
    return f"{target.name}: {total - found[Fate.OPEN]} of {total} judged, {found[Fate.SURVIVED]} survived"


def _wait(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(SECONDS_BETWEEN_LOOKS)
    except subprocess.TimeoutExpired:
        return
