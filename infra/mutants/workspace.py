"""The folder in which mutmut mutates one module: the checkout as links, and settings of its own.

mutmut copies what it needs into ``mutants/`` there: the checkout is only read. What is known of each mutant stays in
that folder, so that a run that was stopped goes on where it was.
"""

import json
import shutil
from pathlib import Path

from infra.mutants.plan import CHECKOUT, Target

ROOT = CHECKOUT / ".mutants"
SOURCES = "chalicelib"
BESIDES = (".chalice", "app.py", "docs", "infra", "workflows", "requirements.txt", "requirements-dev.txt", "README.md")
"""What tests read besides the sources and themselves."""


def folder(target: Target, root: Path = ROOT) -> Path:
    """Where the target is mutated, whether or not it exists yet."""
    return root / target.name.replace("/", ".")


def known(target: Target, root: Path = ROOT) -> Path:
    """mutmut's file of what is known of each mutant of the target: ``exit_code_by_key`` and more."""
    return folder(target, root) / "mutants" / f"{target.module}.meta"


def mutated(target: Target, root: Path = ROOT) -> Path:
    """The module with all its mutants, as mutmut writes it."""
    return folder(target, root) / "mutants" / target.module


def spans(target: Target, root: Path = ROOT) -> Path:
    """Where in that module each mutant stands: ``spans``, lines by the mutant's name."""
    return folder(target, root) / "mutants" / f"{target.module}.spans"


def lay(target: Target, root: Path = ROOT, *, fresh: bool = False) -> Path:
    """Prepare the folder and return it. ``fresh``: forget what is known, killed mutants included.

    Tests change, so everything is copied again except the mutants themselves and what is known of them.
    """
    here = folder(target, root)
    if fresh:
        shutil.rmtree(here, ignore_errors=True)
    here.mkdir(parents=True, exist_ok=True)
    for name in (SOURCES, "tests", *BESIDES):
        if not (link := here / name).is_symlink():
            link.symlink_to(CHECKOUT / name)
    settings = (CHECKOUT / "pyproject.toml").read_text("utf-8")
    (here / "pyproject.toml").write_text(f"{settings}\n[tool.mutmut]\n{_settings(target)}", "utf-8")
    _forget_copies(here / "mutants", {mutated(target, root), known(target, root), spans(target, root)})
    return here


def _settings(target: Target) -> str:
    left_out = [argument for test in target.left_out for argument in ("--deselect", test)]
    settings = {
        "source_paths": [SOURCES],
        "only_mutate": [target.module],
        "also_copy": list(BESIDES),
        "pytest_add_cli_args": ["-p", "no:cacheprovider", *left_out],
        "pytest_add_cli_args_test_selection": list(target.tests),
        "timeout_multiplier": 8.0,
        "use_setproctitle": False,
        "use_git_change_detection": False,
        "on_dependency_change": "ignore",
    }
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())


def _forget_copies(copies: Path, kept: set[Path]) -> None:
    for path in sorted(copies.rglob("*"), reverse=True):  # what is in a folder before the folder
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path not in kept:
            path.unlink()
