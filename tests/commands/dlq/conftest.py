"""``shop``: a shop with one customer, whose messages are set aside."""

import pytest

from tests.journeys.shop import Open, Shop


@pytest.fixture
def shop(open_shop: Open) -> Shop:
    """Ann is known."""
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    return shop
