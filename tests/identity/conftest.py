"""The one fixture of these tests; what a shop can do is in ``tests/journeys/shop.py``."""

from tests.journeys.shop import open_shop

__all__ = ["open_shop"]
