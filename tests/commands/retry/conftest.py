"""A reminder that failed."""

import pytest

from tests.commands.retry.given import sender
from tests.journeys.shop import Open, Shop

Capture = pytest.CaptureFixture[str]
LogCapture = pytest.LogCaptureFixture


@pytest.fixture
def failed(open_shop: Open) -> Shop:
    """Ann's reminder was refused five times: the shop's sender had lost its right to send. It has it again."""
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.leaves_cart("ann")
    sender(known=False)
    shop.after(hours=25)
    assert shop.story("ann", "abandoned_cart") == ["failed reminder MessageRejected"]
    sender(known=True)
    return shop
