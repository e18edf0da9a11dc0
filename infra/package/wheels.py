"""The pinned libraries as wheels for Lambda's platform, fetched by pip once and kept in ``build/wheels``."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from infra.terminal.console import say
from infra.terminal.problem import PackagingProblem

PLATFORMS = {"arm64": "manylinux2014_aarch64", "x86_64": "manylinux2014_x86_64"}
"""pip's name for each of Lambda's architectures: compiled for any Linux since 2014."""

_PIN = re.compile(r"([A-Za-z0-9._-]+)==([A-Za-z0-9._!+-]+)")


def pins(requirements: Path) -> dict[str, str]:
    """Every library of a requirements file with its version; raises ``PackagingProblem`` for one that is not pinned."""
    found: dict[str, str] = {}
    for number, line in enumerate(requirements.read_text("utf-8").splitlines(), start=1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        pin = _PIN.fullmatch(text)
        if pin is None:
            raise PackagingProblem(f"{requirements.name}:{number}: expected name==version, got {text!r}")
        found[pin[1]] = pin[2]
    return found


def fetched(wanted: Mapping[str, str], runtime: str, architecture: str, cache: Path) -> dict[str, Path]:
    """The wheel of each library. ``runtime`` is Lambda's, as in ``python3.11``; what ``cache`` has is not asked for.

    Raises ``PackagingProblem`` when pip cannot get one: no network, no such version, or none for this platform.
    """
    folder = cache / f"{runtime}-{architecture}"
    folder.mkdir(parents=True, exist_ok=True)
    missing = [f"{name}=={version}" for name, version in wanted.items() if _wheel(folder, name, version) is None]
    say(f"libraries: {len(wanted)} for {runtime} on {architecture}, {len(wanted) - len(missing)} of them here already")
    if missing:
        _download(missing, runtime, PLATFORMS[architecture], folder)
    found = {name: _wheel(folder, name, version) for name, version in wanted.items()}
    if lost := [name for name, path in found.items() if path is None]:
        raise PackagingProblem(f"pip fetched no wheel of {', '.join(lost)}")
    return {name: path for name, path in found.items() if path is not None}


def _wheel(folder: Path, name: str, version: str) -> Path | None:
    wanted = (_normal(name), version)
    for path in sorted(folder.glob("*.whl")):
        distribution, its_version = path.name.split("-")[:2]
        if (_normal(distribution), its_version) == wanted:
            return path
    return None


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _download(missing: list[str], runtime: str, platform: str, folder: Path) -> None:
    say(f"fetching {', '.join(missing)}")
    with tempfile.TemporaryDirectory(dir=folder) as partial:
        command = [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"),
            *("--only-binary", ":all:", "--platform", platform, "--implementation", "cp"),
            *("--python-version", runtime.removeprefix("python"), "--dest", partial),
            *missing,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - only pins get here
        if done.returncode:
            reasons = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or ["no reason is known"]
            raise PackagingProblem(f"pip cannot fetch the libraries: {reasons[-1].removeprefix('ERROR: ')}")
        for wheel in Path(partial).glob("*.whl"):
            wheel.replace(folder / wheel.name)
