"""The shop of the journeys' tests, for what it has in common with any other."""

from tests.journeys.shop import open_shop

__all__ = ["open_shop"]
