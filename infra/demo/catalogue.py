"""The sample shop's products, launches and settings. All are invented; prices are US cents."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

CURRENCY = "USD"
OPENS = datetime(2026, 11, 2, tzinfo=UTC)
"""The start of the 30 days: a Monday, always the same, so that the same seed gives the same result."""


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """A product; ``price`` in minor units. ``launch`` names its launch, if any."""

    id: str
    name: str
    price: int
    colour: str
    launch: str | None = None


PRODUCTS = (
    DemoProduct("tea-towel", "Linen tea towel", 1800, "#d9c9a8"),
    DemoProduct("mug", "Stoneware mug", 2400, "#a9b8b0"),
    DemoProduct("socks", "Wool socks", 1600, "#b98a7a"),
    DemoProduct("candle", "Beeswax candle", 2900, "#e6b85c"),
    DemoProduct("apron", "Canvas apron", 4800, "#6b7f6a"),
    DemoProduct("blanket", "Lambswool blanket", 9900, "#8c9bb3"),
    DemoProduct("board", "Oak cutting board", 5600, "#b58a5a"),
    DemoProduct("lamp", "Paper lamp", 8400, "#d8d3c5"),
    DemoProduct("basket", "Willow basket", 6900, "#a67c52"),
    DemoProduct("soap", "Olive soap, three bars", 1400, "#9fb07f"),
    DemoProduct("winter-coat", "The Winter Coat", 14900, "#54606e", launch="winter-coat"),
    DemoProduct("winter-scarf", "The Winter Scarf", 5900, "#8a4b4b", launch="winter-coat"),
    DemoProduct("tea-set", "The Tea Set", 9800, "#7b6d8d", launch="tea-set"),
)
STOREFRONT = PRODUCTS[:6]


@dataclass(frozen=True, slots=True)
class DemoLaunch:
    """A launch of the sample shop; times count from the start of the 30 days."""

    id: str
    name: str
    announced: timedelta
    opens: timedelta
    ends: timedelta
    withdrawn: timedelta | None = None

    def fact(self, begin: datetime, at: datetime, shop_url: str, withdrawn: bool = False) -> dict[str, Any]:
        """The body for ``POST /v1/facts``: gold members may buy two days before the others, silver members one."""
        return {
            "type": "launch",
            "id": self.id,
            "at": at.isoformat(),
            "name": self.name,
            "products": [product.id for product in PRODUCTS if product.launch == self.id],
            "segment": "loyal",
            "opens_at": (begin + self.opens).isoformat(),
            "ends_at": (begin + self.ends).isoformat(),
            "early_by": {"gold": 48, "silver": 24},
            "withdrawn": withdrawn,
            "url": shop_url,
        }


def _day(days: int, hours: int = 0) -> timedelta:
    return timedelta(days=days, hours=hours)


LAUNCHES = (
    DemoLaunch("winter-coat", "The Winter Coat", _day(1, 9), _day(5, 15), _day(15)),
    DemoLaunch("tea-set", "The Tea Set", _day(16, 9), _day(24, 15), _day(34), withdrawn=_day(23, 2)),
)


def on_sale(since_begin: timedelta) -> tuple[DemoProduct, ...]:
    """The products that every customer can buy: the usual ones, and those of launches that are open to all."""
    open_now = {each.id for each in LAUNCHES if each.opens <= since_begin and not each.withdrawn}
    return tuple(product for product in PRODUCTS if product.launch is None or product.launch in open_now)


def settings(url: str) -> Mapping[str, str]:
    """The environment of the sample shop, with its pages and links at ``url``."""
    return {
        "SHOP_NAME": "Maple & Moss",
        "SHOP_ADDRESS": "12 Harbor Street, Springfield, NY 10000, USA",
        "SHOP_URL": f"{url}/shop",
        "PUBLIC_URL": url,
        "SHOP_ZONE": "America/New_York",
    }
