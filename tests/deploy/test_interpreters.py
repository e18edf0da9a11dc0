"""Which Python compiles the zip: one of Lambda's version, wherever it is on this machine, and no other."""

import sys
from pathlib import Path

import pytest

from infra.package.interpreters import interpreter, own, runnable


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of programs of a machine that has no Python in it; nor has its pyenv."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / ".pyenv"))
    return tmp_path


def install(path: Path, answer: str) -> str:
    """A program that answers whatever it is asked."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {answer}\n", "utf-8")
    path.chmod(0o755)
    return str(path)


@pytest.mark.usefixtures("machine")
def test_the_python_that_runs_is_taken_where_it_is_of_the_version() -> None:
    assert own() == f"python{sys.version_info.major}.{sys.version_info.minor}"
    assert interpreter(own()) == sys.executable


def test_another_version_is_looked_for_on_the_path(machine: Path) -> None:
    there = install(machine / "python3.99", '"$0"')

    assert interpreter("python3.99") == there


def test_another_version_is_looked_for_among_pyenvs(machine: Path) -> None:
    there = install(machine / ".pyenv" / "versions" / "3.99.1" / "bin" / "python", '"$0"')

    assert interpreter("python3.99") == there


def test_an_interpreter_of_another_version_under_that_name_is_refused(machine: Path) -> None:
    (machine / "python3.99").symlink_to(sys.executable)

    assert interpreter("python3.99") is None


def test_a_package_runs_on_lambdas_version_where_it_is_here(machine: Path) -> None:
    there = install(machine / "python3.99", '"$0"')

    assert runnable("python3.99") == ("python3.99", there)


@pytest.mark.usefixtures("machine")
def test_a_package_to_be_run_here_is_else_made_for_the_python_that_runs() -> None:
    assert runnable("python3.99") == (own(), sys.executable)
