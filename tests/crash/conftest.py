"""``world``: AWS on a server, for all tests of a module."""

from collections.abc import Iterator

import pytest

from tests.crash.world import World, the_world


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """AWS, and workers that can be killed."""
    with the_world() as made:
        yield made
