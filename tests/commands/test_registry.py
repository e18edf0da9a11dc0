"""Adding a command is adding one module; finding the commands imports none of them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.cli import commands
from infra.cli.registry import listed
from infra.package.packaged import CHECKOUT
from tests.commands.given import rekindle

Capture = pytest.CaptureFixture[str]
GREET = '''
"""``rekindle greet``: a command that is added by this module alone."""

import argparse

from infra.cli.command import Command

COMMAND = Command("greet", "greet a customer", ("rekindle greet Ann",), place=45)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")


def run(args: argparse.Namespace) -> int:
    print(f"Hello, {args.name}!")
    return 3
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One more folder in which modules of commands are looked for."""
    monkeypatch.setattr(commands, "__path__", [*commands.__path__, str(tmp_path)])
    return tmp_path


@pytest.fixture
def greet(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The module of one more command."""
    (folder / "greet.py").write_text(GREET, "utf-8")
    monkeypatch.delitem(sys.modules, "infra.cli.commands.greet", raising=False)


@pytest.mark.usefixtures("greet")
def test_one_module_adds_a_command(capsys: Capture) -> None:
    names = [each.command.name for each in listed()]

    assert names[names.index("kpis") :][:3] == ["kpis", "greet", "show"]
    assert "\n  greet       greet a customer\n" in rekindle(capsys, "--help").out
    assert "Greet a customer.\n" in rekindle(capsys, "greet", "--help").out
    assert "examples:\n  rekindle greet Ann\n" in rekindle(capsys, "greet", "--help").out
    said = rekindle(capsys, "greet", "Ann")
    assert (said.status, said.out, said.err) == (3, "Hello, Ann!\n", "")
    assert rekindle(capsys, "greet").err == (
        "rekindle: the following arguments are required: NAME (try: rekindle greet --help)\n"
    )


def test_every_module_of_the_folder_is_a_command() -> None:
    modules = {path.stem for path in (CHECKOUT / "infra" / "cli" / "commands").glob("*.py")} - {"__init__"}

    assert {each.module for each in listed()} == modules


def test_the_modules_declare_what_was_read_from_them() -> None:
    for each in listed():
        assert each.command == each.load().COMMAND


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("COMMAND = Command(NAME, '', ())", "malformed node or string on line 1"),
        ("COMMAND = 'greet'", "expected Command(...)"),
        ("COMMAND = Command('greet')", "missing 2 required positional arguments: 'summary' and 'examples'"),
        ("COMMAND = (", "'(' was never closed"),
    ],
)
def test_a_declaration_that_cannot_be_read_is_named(folder: Path, capsys: Capture, text: str, reason: str) -> None:
    (folder / "greet.py").write_text(text, "utf-8")

    said = rekindle(capsys, "--help")

    assert (said.status, said.out) == (1, "")
    assert said.err.startswith("rekindle: greet.py: COMMAND cannot be read without running it: ")
    assert reason in said.err


def test_the_overview_fits_the_terminal(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")

    assert max(map(len, rekindle(capsys, "--help").out.splitlines())) <= 60


def test_help_imports_no_command() -> None:
    code = "import sys; from infra.cli.main import main; main(['--help']); print(*sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    imported = done.stdout.splitlines()[-1].split()
    assert "infra.cli.commands" in imported
    assert [each for each in imported if each.startswith("infra.cli.commands.")] == []
    assert {"moto", "boto3", "chalice", "workflows", "rich.table"}.isdisjoint(imported)
