"""The commands as they are typed in an empty folder."""

from collections.abc import Callable
from pathlib import Path

import pytest

from infra.cli import main as cli
from infra.saved.state import TABLES


@pytest.fixture
def complaint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Runs a command in an empty folder; gives the one line of its error."""
    monkeypatch.chdir(tmp_path)
    for name in TABLES:
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str, status: int = 1) -> str:
        assert cli.main(arguments) == status
        printed = capsys.readouterr()
        assert printed.err.startswith("rekindle: ")
        assert printed.err.count("\n") == 1, printed.err
        assert printed.out == ""
        return printed.err.removeprefix("rekindle: ").rstrip("\n")

    return run
