"""The one fixture of the time-travel tests; what a shop can do is in ``shop.py``."""

from tests.journeys.shop import open_shop

__all__ = ["open_shop"]
