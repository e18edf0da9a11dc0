"""The order that the surveys are about, and an answer to its survey."""

from datetime import timedelta

from tests.builders import utc
from tests.journeys.shop import Open, Shop

ORDERED = utc("2026-03-02 10:00")


def after(days: int) -> object:
    return ORDERED + timedelta(days=days)


def answered(open_shop: Open, score: int) -> Shop:
    """Ann placed her order, was asked, and gave this score, 15 days after the order."""
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.orders("ann", "order-1")
    shop.after(days=15)
    shop.answers(shop.mails("ann")[0], score)
    return shop
