"""The explorer in a process of its own, as by hand, with a fault planted in the functions or without."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.naming import FOUR, named

ROOT = Path(__file__).parents[2]
RUN = "from infra.explore.__main__ import main; import sys; sys.exit(main(sys.argv[1:]))"


@dataclass(frozen=True)
class Said:
    """What a process printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def explored(*arguments: str, planted: str = "", journeys: Sequence[str] = FOUR) -> Said:
    """Explore, with the code ``planted`` run before."""
    code = "\n".join([named(*journeys), planted, RUN])
    return python("-c", code, *arguments)


def played(file: Path, planted: str = "") -> Said:
    """``rekindle scenario FILE``."""
    run = "from infra.cli.main import main; import sys; sys.exit(main(['scenario', *sys.argv[1:]]))"
    return python("-c", "\n".join([named("abandoned_cart"), planted, run]), str(file))


def python(*arguments: str) -> Said:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    return Said(done.returncode, done.stdout, done.stderr)
