"""Lanes: slices of the customers, the unit of concurrency."""

import zlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lanes:
    """``count``: how many lanes there are now."""

    count: int

    def of(self, customer: str) -> str:
        """The customer's lane: one customer's runs are never handled twice at a time."""
        return name(zlib.crc32(customer.encode()) % self.count)


def name(number: int) -> str:
    """A lane's name in the due index."""
    return f"L{number}"
