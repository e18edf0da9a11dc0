"""Where the tests of imports run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from infra.saved.state import TABLES
from tests.builders import START


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that commands are typed in; no deployed tables are named."""
    monkeypatch.chdir(tmp_path)
    for table in TABLES:
        monkeypatch.delenv(table, raising=False)
    return tmp_path


@pytest.fixture
def machine(folder: Path, request: pytest.FixtureRequest) -> Iterator[Machine]:
    """A running stack, whose tables the command takes for deployed ones; ``settings(NAME=value)`` changes it."""
    mark = request.node.get_closest_marker("settings")
    with Machine(VirtualClock(START), behaviour=None, settings=mark.kwargs if mark else {}) as running:
        yield running
