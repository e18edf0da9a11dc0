"""What the command line says of itself: its help, its version, and completion for shells."""

import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from infra.cli.registry import listed
from tests.commands.given import rekindle

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",), ("help",)])
def test_without_a_command_it_shows_its_help(capsys: Capture, words: tuple[str, ...]) -> None:
    said = rekindle(capsys, *words)

    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("usage: rekindle COMMAND ...")


def test_it_says_its_version(capsys: Capture) -> None:
    assert rekindle(capsys, "--version").out == f"rekindle {version('rekindle')}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_learns_every_command_and_its_options(capsys: Capture, shell: str) -> None:
    script = rekindle(capsys, "completion", shell).out

    assert [each.command.name for each in listed() if each.command.name not in script] == []
    assert "unsuppress" in script
    assert "dry-run" in script


COMPLETED = """
source completion.bash
complete=$(complete -p rekindle | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
COMP_WORDS=(rekindle "$@"); COMP_CWORD=$#; $complete rekindle; echo "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        (("unsu",), "unsuppress"),
        (("import", "--dr"), "--dry-run"),
        (("import", "cus"), "customers"),
        (("dlq", "red"), "redrive"),
    ],
)
def test_bash_completes_what_is_typed(capsys: Capture, tmp_path: Path, typed: tuple[str, ...], completed: str) -> None:
    (tmp_path / "completion.bash").write_text(rekindle(capsys, "completion", "bash").out, "utf-8")

    done = subprocess.run(
        ["bash", "-c", COMPLETED, "bash", *typed], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == [completed]


def test_what_is_missing_is_named_as_in_the_help(capsys: Capture) -> None:
    said = rekindle(capsys, "import")

    assert said.err == "rekindle: the following arguments are required: KIND, FILE (try: rekindle import --help)\n"
    assert "KIND FILE" in rekindle(capsys, "import", "--help").out
