"""A journey's rates, from its counts by kind: to add one, add its line."""

from collections.abc import Mapping
from typing import NamedTuple

from chalicelib.domain.figures.counters import REACHED
from chalicelib.domain.figures.formulas import Figure, ratio
from chalicelib.domain.journeys.outcomes import Kind


class Rate(NamedTuple):
    """``part`` over ``whole``, in words ``of`` what; ``rekindle kpis`` shows it beside the count of the part."""

    part: str
    whole: str
    of: str


# Opens are unreliable (Apple's Mail Privacy Protection opens every mail): no winner is picked by them.
RATES: Mapping[str, Rate] = {
    "delivery_rate": Rate(Kind.DELIVERED, Kind.SENT, "sent"),
    "bounce_rate": Rate(Kind.BOUNCED, Kind.SENT, "sent"),
    "complaint_rate": Rate(Kind.COMPLAINED, Kind.SENT, "sent"),
    "open_rate": Rate(Kind.OPENED, Kind.DELIVERED, "delivered"),
    "click_rate": Rate(Kind.CLICKED, Kind.DELIVERED, "delivered"),
    "click_to_open_rate": Rate(Kind.CLICKED, Kind.OPENED, "opened"),
    "unsubscribe_rate": Rate(Kind.UNSUBSCRIBED, Kind.DELIVERED, "delivered"),
    "conversion_rate": Rate(Kind.CONVERTED, REACHED, "those reached"),
    "answer_rate": Rate(Kind.ANSWERED, REACHED, "those reached"),
}


def funnel(counts: Mapping[str, int]) -> dict[str, Figure]:
    """A journey's rates by name, from its outcomes by kind and ``reached``; automated outcomes are not in them."""
    return {name: ratio(counts.get(rate.part, 0), counts.get(rate.whole, 0)) for name, rate in RATES.items()}
