"""Assigns customers to the treated arm or the holdout, and to variants: by a hash, so it never changes.

Nothing is stored and nothing is random: the same customer, journey and split always give the same point of [0, 1), and
points of different journeys and splits are independent.
"""

import hashlib
from collections.abc import Mapping
from enum import StrEnum


class Arm(StrEnum):
    """The two arms of every journey with a holdout: messaged, or withheld and still measured."""

    TREATED = "treated"
    HOLDOUT = "holdout"


def assign_arm(customer_key: str, journey_key: str, holdout: float) -> Arm:
    """The customer's arm; ``holdout`` is the share (0..1) held out.

    Raising the share moves customers into the holdout only, lowering it moves them out only.
    """
    return Arm.HOLDOUT if _point("arm", journey_key, customer_key) < holdout else Arm.TREATED


def assign_variant(customer_key: str, journey_key: str, split: str, weights: Mapping[str, float]) -> str:
    """The customer's variant of a split, in proportion to ``weights`` (any scale, any order).

    Raises ``ValueError`` if a weight is negative or all are 0.
    """
    total = sum(weights.values())
    if total <= 0 or min(weights.values()) < 0:
        raise ValueError(f"split {split!r}: weights must be 0 or more, and not all 0; got {dict(weights)!r}")
    point = _point("split", journey_key, split, customer_key) * total
    candidates = [name for name in sorted(weights) if weights[name] > 0]
    for name in candidates[:-1]:
        point -= weights[name]
        if point < 0:
            return name
    return candidates[-1]


def _point(*parts: str) -> float:
    """A point of [0, 1), uniform over customers: the first 53 bits of SHA-256, as many as a float holds exactly."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return (int.from_bytes(digest[:8]) >> 11) / 2**53
