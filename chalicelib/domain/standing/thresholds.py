"""The shop's own thresholds: tiers, the quadrant's limits, the cuts of R, F and M."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.domain.money import exponent

Amounts = Mapping[str, int]
Cuts = tuple[float, ...]
# Round amounts worth about a dollar, so that the default thresholds fit the size of each currency's unit.
_ABOUT_A_DOLLAR = {
    **dict.fromkeys(("USD", "EUR", "GBP", "CHF", "CAD", "AUD", "NZD", "SGD"), 1),
    **{"BRL": 5, "CNY": 7, "HKD": 8, "MXN": 20, "TWD": 30, "THB": 35, "INR": 80, "JPY": 100, "KRW": 1000},
}


def about(dollars: int) -> dict[str, int]:
    """Roughly this amount of US dollars, in minor units by currency: a default, not an exchange rate."""
    return {code: dollars * parts * 10 ** exponent(code) for code, parts in _ABOUT_A_DOLLAR.items()}


@dataclass(frozen=True, slots=True)
class RfmCuts:
    """The values at which scores change: days since the last order, all orders, all revenue in minor units by currency.

    A value equal to a cut has passed it. All cuts ascend; each cut passed lowers R by one, and raises F or M by one.
    """

    recency: Cuts = (30, 90, 180, 365)
    frequency: Cuts = (2, 3, 5, 10)
    monetary: Mapping[str, Cuts] = field(
        default_factory=lambda: {code: (50 * one, 150 * one, 500 * one, 1500 * one) for code, one in about(1).items()}
    )

    def __post_init__(self) -> None:
        for name, cuts in {"R": self.recency, "F": self.frequency, **self.monetary}.items():
            least = 0 if name == "R" else 1
            if len(cuts) != 4 or sorted(cuts) != list(cuts) or cuts[0] < least:
                raise ValueError(f"cut points of {name}: expected 4 ascending numbers from {least} up, got {cuts!r}")

    def monetary_bar(self, index: int) -> dict[str, float]:
        """One of the four cuts of M, 0 to 3, in minor units by currency."""
        return {code: cuts[index] for code, cuts in self.monetary.items()}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The shop's settings; amounts in minor units by currency. Raises ``ValueError`` for invalid values.

    ``silver`` and ``gold``: revenue in 365 days. ``margin``: the share of revenue (0..1) that is profit. ``profit``
    (of all time) and ``expected`` (orders in the next 365 days, see ``expected_orders``): the quadrant's limits.
    ``prior_orders`` in ``prior_days``: the assumption for a customer with only one known order.
    """

    silver: Amounts = field(default_factory=lambda: about(200))
    gold: Amounts = field(default_factory=lambda: about(500))
    margin: float = 0.30
    profit: Amounts = field(default_factory=lambda: about(60))
    expected: float = 1.0
    prior_orders: float = 0.4
    prior_days: float = 182.0
    rfm: RfmCuts = field(default_factory=RfmCuts)

    def __post_init__(self) -> None:
        if any(amount <= 0 for bar in (self.silver, self.gold, self.profit) for amount in bar.values()):
            raise ValueError("thresholds of money must be 1 minor unit or more")
        if any(self.gold.get(code, amount) < amount for code, amount in self.silver.items()):
            raise ValueError("gold must not be below silver")
        if not 0 <= self.margin <= 1 or self.expected <= 0 or self.prior_orders <= 0 or self.prior_days <= 0:
            raise ValueError("margin must be within 0..1; expected, prior_orders and prior_days above 0")
