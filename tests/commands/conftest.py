"""A shop on the local machine, and a folder of its own for what a command may leave behind."""

from pathlib import Path

import pytest

from infra.stack.deployed import VARIABLE
from tests.journeys.shop import open_shop

__all__ = ["open_shop"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No command finds a run or a stack that is there by chance."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.delenv("REKINDLE_TRACEBACK", raising=False)
