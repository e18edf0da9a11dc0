"""Builds the zip: lays out all files, compiles them for Lambda's Python, and packs them, reproducibly."""

import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from infra.package.contents import is_shipped
from infra.terminal.console import say
from infra.terminal.problem import PackagingProblem

TASK_ROOT = "/var/task"
"""Where Lambda unpacks the zip; tracebacks name files below it."""
OLDEST = (1980, 1, 1, 0, 0, 0)
"""The time of every file: the earliest one that a zip can have."""


def lay_out(ours: Mapping[str, Path], wheels: Mapping[str, Path], folder: Path) -> None:
    """Put our files, and the shipped files of every wheel, into ``folder``. Raises ``PackagingProblem``."""
    for library, wheel in wheels.items():
        with zipfile.ZipFile(wheel) as archive:
            chosen = [name for name in archive.namelist() if not name.endswith("/") and is_shipped(library, name)]
            if not chosen:
                raise PackagingProblem(f"infra/package/contents.py selects no file of {wheel.name}")
            archive.extractall(folder, chosen)
    for name, path in ours.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def compile_all(folder: Path, python: str) -> None:
    """Compile every source below ``folder``, beside it; Python does not compare it with the source (unchecked hash).

    ``python`` is an interpreter of Lambda's version: files compiled by another one are ignored there.
    """
    command = [
        *(python, "-P", "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash"),
        *("-s", str(folder), "-p", TASK_ROOT, str(folder)),
    ]
    environment = {"PATH": os.defpath, "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise PackagingProblem(f"{python} cannot compile the sources: {done.stdout.strip() or done.stderr.strip()}")


def pack(folder: Path, target: Path) -> None:
    """Zip ``folder`` with sorted names, one date, one mode; ``target`` is replaced when the zip is complete."""
    with replacing(target) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), OLDEST)
            entry.create_system = 3  # Unix, on any system
            entry.external_attr = (0o100755 if path.suffix == ".so" else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes(), compresslevel=9)
    say(f"{target}: {target.stat().st_size / 1e6:.1f} MB, {_unpacked(target) / 1e6:.1f} MB unpacked")


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Inside, a path beside ``target`` to write to; it replaces ``target`` at the end, or is removed after an error."""
    partial = target.with_suffix(".partial")
    try:
        yield partial
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _unpacked(archive: Path) -> int:
    with zipfile.ZipFile(archive) as opened:
        return sum(entry.file_size for entry in opened.infolist())
