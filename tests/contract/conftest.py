"""``stores``: the stores of every engine, one after the other; ``real_stores``, ``table``: of every real engine."""

from collections.abc import Iterator

import pytest

from chalicelib.adapters.dynamodb.table import Table
from tests.contract.engines import ENGINES, REAL, Stores, stores_on


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """An engine, running."""
    with ENGINES[request.param]():
        yield request.param


@pytest.fixture(scope="module", params=REAL)
def real_engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """A real engine, running."""
    with ENGINES[request.param]():
        yield request.param


@pytest.fixture
def stores(engine: str) -> Iterator[Stores]:
    """Empty stores."""
    with stores_on(engine) as made:
        yield made


@pytest.fixture
def real_stores(real_engine: str) -> Iterator[Stores]:
    """Empty stores of a real engine."""
    with stores_on(real_engine) as made:
        yield made


@pytest.fixture
def table(real_engine: str) -> Iterator[Table]:
    """The engagement table, empty."""
    with stores_on(real_engine) as made:
        yield made._engagement_table
