"""The shop that the tests of the pages share: it is brought up once a process."""

from collections.abc import Iterator

import pytest

from infra.demo.simulation import Simulation
from tests.demo.given import served


@pytest.fixture(scope="module")
def shop_at() -> Iterator[tuple[Simulation, int]]:
    """A small shop, and the port of its pages."""
    with served(customers=30, days=2) as running:
        yield running
