"""Which Python compiles the zip for Lambda, and which can run it on this machine."""

import subprocess
import sys

from infra.package.packaged import CHECKOUT

FINDER = CHECKOUT / ".ci" / "python"
"""Searches the PATH and pyenv, and ignores interpreters of another version and broken ones."""


def own() -> str:
    """The runtime of this Python process, as in ``python3.13``."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


def interpreter(runtime: str) -> str | None:
    """The path of a Python of the runtime's own version, if there is one on this machine."""
    if runtime == own():
        return sys.executable
    command = [str(FINDER), runtime.removeprefix("python")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a file of ours
    return done.stdout.strip() or None


def runnable(runtime: str) -> tuple[str, str]:
    """A runtime that this machine can run, with its interpreter: the requested one, else that of this process."""
    found = interpreter(runtime)
    return (runtime, found) if found else (own(), sys.executable)
