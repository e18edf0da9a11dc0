"""A customer's standing: a pure function of the orders.

Cancelled orders are left out; an order's refunds are never more than its total. Months and dates are the shop's.
Amounts are minor units by currency; a customer who pays in several currencies reaches a threshold when the shares of it
that were paid in each add up to one. A currency without a threshold does not count.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from chalicelib.domain.facts.order import Order
from chalicelib.domain.standing.rfm import recency_cuts, rising_cuts
from chalicelib.domain.standing.thresholds import Amounts, Cuts, RfmCuts, Thresholds
from chalicelib.domain.time import local_date, stored_zone

YEAR = timedelta(days=365)


LEAST_GAP = timedelta(days=30)


_CENTURY_DAYS = 36525


class Tier(StrEnum):
    """The loyalty tier, by revenue in the last 365 days."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


class Quadrant(StrEnum):
    """Profit against expected future purchasing (Reinartz and Kumar, Harvard Business Review, July 2002)."""

    TRUE_FRIEND = "true_friend"
    BUTTERFLY = "butterfly"
    BARNACLE = "barnacle"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Month:
    """One customer's orders in one month: how many, in which currencies, and their revenue net of refunds."""

    orders: int
    revenue: Amounts
    orders_in: Amounts


@dataclass(frozen=True, slots=True)
class Standing:
    """A customer's standing at one moment. ``revenue`` is net of refunds; ``months`` are ``YYYY-MM``.

    ``zone``: that of the months and dates; None is UTC.
    ``returned_at``: the first order on a later date than the first one's. ``typical_gap``: the median time between
    consecutive orders. ``r``, ``f``, ``m``: 1 to 5, 5 is best. ``referred``: another customer brought the first order.
    ``review_at``: the next moment when time alone changes the tier, the quadrant or ``r``; ``None`` if it never does.
    """

    orders: int = 0
    revenue: Amounts = field(default_factory=dict)
    first_order_at: datetime | None = None
    second_order_at: datetime | None = None
    returned_at: datetime | None = None
    last_order_at: datetime | None = None
    typical_gap: timedelta | None = None
    tier: Tier = Tier.BRONZE
    quadrant: Quadrant = Quadrant.STRANGER
    r: int = 1
    f: int = 1
    m: int = 1
    months: Mapping[str, Month] = field(default_factory=dict)
    referred: bool = False
    review_at: datetime | None = None
    zone: str | None = None


def standing_of(orders: Iterable[Order], thresholds: Thresholds, now: datetime, zone: str = "UTC") -> Standing:
    """The standing at ``now``, with months and dates in ``zone``, for orders in any sequence.

    An order dated after ``now`` counts too.
    """
    kept = sorted((order for order in orders if not order.cancelled_at), key=lambda order: (order.placed_at, order.id))
    if not kept:
        return Standing()
    times = [order.placed_at for order in kept]
    revenue = _revenue(kept)
    gap = _median([later - earlier for earlier, later in pairwise(times)])
    tier, tier_until = _tier(kept, thresholds, now)
    quadrant, quadrant_until = _quadrant(times, gap, revenue, thresholds, now)
    r, r_until = _recency_score(times[-1], thresholds.rfm.recency, now)
    return Standing(
        orders=len(kept),
        revenue=revenue,
        first_order_at=times[0],
        second_order_at=times[1] if len(times) > 1 else None,
        returned_at=next((at for at in times if local_date(at, zone) > local_date(times[0], zone)), None),
        last_order_at=times[-1],
        typical_gap=gap,
        tier=tier,
        quadrant=quadrant,
        r=r,
        f=1 + sum(len(kept) >= cut for cut in thresholds.rfm.frequency),
        m=1 + sum(_reaches(revenue, thresholds.rfm.monetary_bar(passed)) for passed in range(4)),
        months=_months(kept, zone),
        referred=kept[0].referred,
        review_at=min((at for at in (tier_until, quadrant_until, r_until) if at), default=None),
        zone=stored_zone(zone),
    )


def expected_orders(
    orders: int, span: timedelta, gap: timedelta | None, idle_days: int, thresholds: Thresholds
) -> float:
    """Expected orders in the next 365 days, for a customer with ``orders`` over ``span``, silent for ``idle_days``.

    The rate is a gamma-Poisson mean: the repeat orders and the days since the first one, each with the prior's added.
    Once the silence is longer than the typical gap (30 days at least; the prior's, if there is only one order), each
    further gap halves it. A rule of thumb, not a fitted model: it only falls with silence and only rises with orders.
    """
    per_day = (thresholds.prior_orders + orders - 1) / (thresholds.prior_days + span / timedelta(days=1) + idle_days)
    usual = thresholds.prior_days / thresholds.prior_orders if gap is None else max(gap, LEAST_GAP) / timedelta(days=1)
    return float(365 * per_day * 0.5 ** (max(0.0, idle_days - usual) / usual))


def rfm_cut_points(standings: Iterable[Standing], now: datetime) -> RfmCuts:
    """The cuts that score these customers by quintiles at ``now``; M for each currency among those who paid in it."""
    buyers = [(standing, standing.last_order_at) for standing in standings if standing.last_order_at]
    if not buyers:
        return RfmCuts()
    currencies = sorted({code for standing, _ in buyers for code in standing.revenue})
    return RfmCuts(
        recency=recency_cuts([_silence(last, now) / timedelta(days=1) for _, last in buyers]),
        frequency=rising_cuts([standing.orders for standing, _ in buyers]),
        monetary={code: rising_cuts([s.revenue[code] for s, _ in buyers if code in s.revenue]) for code in currencies},
    )


def _tier(kept: Sequence[Order], thresholds: Thresholds, now: datetime) -> tuple[Tier, datetime | None]:
    window = [order for order in kept if order.placed_at + YEAR > now]
    revenue = _revenue(window)
    tier = _tier_of(revenue, thresholds)
    for order in window if tier != Tier.BRONZE else ():
        revenue[order.total.currency] -= _net(order)
        if _tier_of(revenue, thresholds) != tier:
            return tier, order.placed_at + YEAR
    return tier, None


def _tier_of(revenue: Amounts, thresholds: Thresholds) -> Tier:
    if _reaches(revenue, thresholds.gold):
        return Tier.GOLD
    return Tier.SILVER if _reaches(revenue, thresholds.silver) else Tier.BRONZE


def _quadrant(
    times: Sequence[datetime], gap: timedelta | None, revenue: Amounts, thresholds: Thresholds, now: datetime
) -> tuple[Quadrant, datetime | None]:
    def is_low(idle_days: int) -> bool:
        return expected_orders(len(times), times[-1] - times[0], gap, idle_days, thresholds) < thresholds.expected

    profitable = _reaches(revenue, thresholds.profit, Fraction(str(thresholds.margin)))
    idle_days = _silence(times[-1], now).days
    if is_low(idle_days):
        return Quadrant.BUTTERFLY if profitable else Quadrant.STRANGER, None
    later = range(idle_days + 1, _CENTURY_DAYS)
    falls = bisect_left(later, True, key=is_low)
    until = times[-1] + timedelta(days=later[falls]) if falls < len(later) else None
    return Quadrant.TRUE_FRIEND if profitable else Quadrant.BARNACLE, until


def _recency_score(last: datetime, cuts: Cuts, now: datetime) -> tuple[int, datetime | None]:
    ahead = [last + timedelta(days=cut) for cut in cuts if timedelta(days=cut) > _silence(last, now)]
    return 1 + len(ahead), min(ahead, default=None)


def _median(gaps: Sequence[timedelta]) -> timedelta | None:
    ranked, middle = sorted(gaps), len(gaps) // 2
    if not ranked:
        return None
    return ranked[middle] if len(ranked) % 2 else (ranked[middle - 1] + ranked[middle]) / 2


def _silence(last: datetime, now: datetime) -> timedelta:
    return max(now - last, timedelta(0))


def _reaches(revenue: Amounts, bar: Mapping[str, float], share: Fraction = Fraction(1)) -> bool:
    parts = (share * revenue[code] / Fraction(bar[code]) for code in revenue if bar.get(code))
    return sum(parts) >= 1


def _net(order: Order) -> int:
    return max(0, order.net)


def _revenue(orders: Iterable[Order]) -> dict[str, int]:
    revenue: dict[str, int] = {}
    for order in orders:
        revenue[order.total.currency] = revenue.get(order.total.currency, 0) + _net(order)
    return revenue


def _months(kept: Sequence[Order], zone: str) -> dict[str, Month]:
    by_month: dict[str, list[Order]] = {}
    for order in kept:
        by_month.setdefault(local_date(order.placed_at, zone).isoformat()[:7], []).append(order)
    return {
        name: Month(len(orders), _revenue(orders), dict(Counter(order.total.currency for order in orders)))
        for name, orders in by_month.items()
    }
