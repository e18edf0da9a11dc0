"""Launches: what early access is given to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Launch:
    """What early access is given to. ``early_by`` tells by tier how long before ``opens_at`` its members may buy."""

    id: str
    at: datetime
    name: str
    products: tuple[str, ...]
    segment: str
    opens_at: datetime
    ends_at: datetime
    early_by: Mapping[str, timedelta] = field(default_factory=dict)
    withdrawn: bool = False
    url: str = ""
