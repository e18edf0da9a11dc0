"""Lanes: slices of the customers, the unit of concurrency."""

import zlib
from dataclasses import dataclass

from chalicelib.domain.journeys.due import lane_name


@dataclass(frozen=True, slots=True)
class Lanes:
    """``count``: the current number of lanes."""

    count: int

    def of(self, customer: str) -> str:
        """The customer's lane: two processes never handle one customer's runs at the same time."""
        return lane_name(zlib.crc32(customer.encode()) % self.count)
