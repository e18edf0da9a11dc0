"""Lanes: slices of the customers, the unit of concurrency."""

import zlib
from dataclasses import dataclass

from chalicelib.domain.journeys.due import lane_name


@dataclass(frozen=True, slots=True)
class Lanes:
    """``count``: how many lanes there are now."""

    count: int

    def of(self, customer: str) -> str:
        """The customer's lane: one customer's runs are never handled twice at a time."""
        return lane_name(zlib.crc32(customer.encode()) % self.count)
