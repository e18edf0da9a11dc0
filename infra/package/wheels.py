"""The locked libraries as wheels for Lambda's platform, fetched by pip once and kept in ``build/wheels``.

Each wheel's hash must be in the lock, also that of a kept wheel.
"""

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from infra.package.lock import Pin, normal
from infra.terminal.console import say
from infra.terminal.problem import PackagingProblem

PLATFORMS = {"arm64": "manylinux2014_aarch64", "x86_64": "manylinux2014_x86_64"}
"""pip's name for each of Lambda's architectures: compiled for any Linux since 2014."""


def fetched(wanted: Mapping[str, Pin], runtime: str, architecture: str, cache: Path) -> dict[str, Path]:
    """The wheel of each library. ``runtime`` is Lambda's, as in ``python3.13``; wheels in ``cache`` are not fetched.

    Raises ``PackagingProblem`` if pip cannot get one: no network, no such version, none for this platform, or one
    whose hash is not in the lock.
    """
    folder = cache / f"{runtime}-{architecture}"
    folder.mkdir(parents=True, exist_ok=True)
    missing = {name: pin for name, pin in wanted.items() if _wheel(folder, name, pin) is None}
    say(f"libraries: {len(wanted)} for {runtime} on {architecture}, {len(wanted) - len(missing)} of them here already")
    if missing:
        _download(missing, runtime, PLATFORMS[architecture], folder)
    found = {name: _wheel(folder, name, pin) for name, pin in wanted.items()}
    if lost := [name for name, path in found.items() if path is None]:
        raise PackagingProblem(f"pip fetched no wheel for {', '.join(lost)}")
    return {name: path for name, path in found.items() if path is not None}


def _wheel(folder: Path, name: str, pin: Pin) -> Path | None:
    for path in sorted(folder.glob("*.whl")):
        distribution, version = path.name.split("-")[:2]
        if (normal(distribution), version) == (name, pin.version) and _hash(path) in pin.hashes:
            return path
    return None


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _download(missing: Mapping[str, Pin], runtime: str, platform: str, folder: Path) -> None:
    say(f"fetching {', '.join(f'{name} {pin.version}' for name, pin in missing.items())}")
    with tempfile.TemporaryDirectory(dir=folder) as partial:
        locked = Path(partial) / "locked.txt"
        locked.write_text("".join(_line(name, pin) for name, pin in missing.items()), "utf-8")
        command = [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"),
            *("--only-binary", ":all:", "--platform", platform, "--implementation", "cp"),
            *("--python-version", runtime.removeprefix("python"), "--dest", partial),
            *("--require-hashes", "--requirement", str(locked)),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - only pins get here
        if done.returncode:
            raise PackagingProblem(f"pip cannot fetch the libraries: {_reason(done.stderr)}")
        for wheel in Path(partial).glob("*.whl"):
            wheel.replace(folder / wheel.name)


def _line(name: str, pin: Pin) -> str:
    return " ".join([f"{name}=={pin.version}", *(f"--hash=sha256:{each}" for each in sorted(pin.hashes))]) + "\n"


def _reason(stderr: str) -> str:
    lines = [line for line in stderr.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR")]
    return (errors or lines or ["unknown reason"])[-1]
