"""Recency, frequency and monetary value by quintiles: scores among customers, and the cut points that give them."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

from chalicelib.domain.standing.thresholds import Cuts


def quintile_scores(values: Mapping[str, float]) -> dict[str, int]:
    """Score each value 1 to 5 by its fifth, 5 for the highest; equal values get equal scores.

    The score is 1 + floor(5 · below / n), where ``below`` counts the values strictly lower.
    """
    ranked = sorted(values.values())
    return {key: 1 + 5 * bisect_left(ranked, value) // len(ranked) for key, value in values.items()}


def rising_cuts(values: Sequence[int]) -> Cuts:
    """For each fifth the lowest value in it or above; one more than the highest value if there is none."""
    ranked, count = sorted(values), len(values)

    def cut(fifths: int) -> float:
        return next((v for v in ranked if 5 * bisect_left(ranked, v) >= fifths * count), ranked[-1] + 1)

    return tuple(map(cut, (1, 2, 3, 4)))


def recency_cuts(days: Sequence[float]) -> Cuts:
    """For each fifth the shortest silence that is too long for it: the lowest value of those below."""
    ranked, count = sorted(days), len(days)

    def cut(fifths: int) -> float:
        return next(v for v in ranked if 5 * (count - bisect_right(ranked, v)) < fifths * count)

    return tuple(map(cut, (4, 3, 2, 1)))
