"""What the rules of win-back and of the survey give for a list of orders, counted from the rules and nothing else.

Any order ends a win-back, and one at the very time of a mail comes before it. Mails wait for 08:00 from 21:00 on (UTC).
A survey is due 14 days after an order, and skipped when one went to the customer within the 90 days before that.
"""

import csv
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path


def orders_of(path: Path) -> dict[str, list[datetime]]:
    """When each customer ordered, in order."""
    orders: dict[str, list[datetime]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            at = datetime.fromisoformat(row["placed_at"])
            orders.setdefault(row["customer_id"], []).append(at if at.tzinfo else at.replace(tzinfo=UTC))
    return {customer: sorted(times) for customer, times in orders.items()}


def recount(path: Path) -> dict[str, float]:
    """Orders, revenue in cents, customers, and those of them with two orders or more."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    by_customer = Counter(row["customer_id"] for row in rows)
    revenue = sum(int(Decimal(row["total"]) * 100) for row in rows)
    repeaters = sum(number > 1 for number in by_customer.values())
    return {"orders": len(rows), "revenue": revenue, "customers": len(by_customer), "repeaters": repeaters}


def sends(orders: dict[str, list[datetime]]) -> Counter[str]:
    """How many mails of each kind go out."""
    sent: Counter[str] = Counter()
    for times in orders.values():
        surveyed: datetime | None = None
        for place, at in enumerate(times):
            following = times[place + 1] if place + 1 < len(times) else datetime.max.replace(tzinfo=UTC)
            miss_you = _awake(at + timedelta(days=90))
            sent["miss_you"] += miss_you < following
            sent["last_call"] += miss_you + timedelta(days=30) < following
            due = at + timedelta(days=14)
            if surveyed is None or due >= surveyed + timedelta(days=90):
                surveyed = _awake(due)
                sent["survey"] += 1
                sent["survey_reminder"] += 1
    return sent


def _awake(at: datetime) -> datetime:
    """``at``, or the next 08:00 when it is in the quiet hours."""
    if 8 <= at.hour < 21:
        return at
    return at.replace(hour=8, minute=0, second=0) + timedelta(days=at.hour >= 21)
