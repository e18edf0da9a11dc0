"""``open_shop``: a shop with the real handlers."""

from tests.journeys.shop import open_shop

__all__ = ["open_shop"]
