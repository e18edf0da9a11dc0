"""``hooks``: a machine on which all sources are set up; each test has its own. ``log``: the lines that were logged."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.adapters import logs
from chalicelib.wiring.outside import SERVICE
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from tests.builders import START
from tests.webhooks.given import SECRETS, Hooks

Log = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def hooks(request: pytest.FixtureRequest) -> Iterator[Hooks]:
    """At ``START`` nothing is known. A mark ``settings`` has settings of the functions."""
    mark = request.node.get_closest_marker("settings")
    with Machine(VirtualClock(START), secrets=SECRETS, settings=mark.kwargs if mark else {}) as machine:
        yield Hooks(machine)


@pytest.fixture
def log() -> Iterator[Log]:
    """The lines so far. Powertools prepares its logger once a process, so it is led elsewhere meanwhile."""
    logs.prepare(SERVICE)
    (handler,) = logging.getLogger(SERVICE).handlers
    assert isinstance(handler, logging.StreamHandler)
    written = io.StringIO()
    before = handler.setStream(written)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    handler.setStream(before)
