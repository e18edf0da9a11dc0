"""From what was counted to dollars: a price list with its sources (``prices.json``), and lines of a bill."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

MILLION = 1_000_000
WHOLE_CPU_MB = 1769
"""Below so much memory a function has only a part of a processor (AWS Lambda developer guide, "Configure memory")."""
WAITS = {"dynamodb": 0.005, "sqs": 0.010, "sesv2": 0.050}
"""Seconds that a call takes within a region. Assumptions: nothing here can measure AWS."""
LOG_BYTES_A_RUN = 800
"""What Lambda itself logs of a run, as JSON. An assumption."""


@dataclass(frozen=True, slots=True)
class Price:
    """So many dollars for so many units; ``evidence`` is ``vendor``, ``quoted`` or ``unverified``."""

    dollars: float
    per: int
    unit: str
    evidence: str
    source: str
    as_of: str

    def of(self, quantity: float) -> float:
        """What so many units cost, in dollars."""
        return quantity / self.per * self.dollars


@dataclass(frozen=True, slots=True)
class Line:
    """So many units of something for each cart."""

    what: str
    price: str
    each: float

    def dollars(self, carts: int = MILLION) -> float:
        """For so many carts."""
        return price_list()[self.price].of(self.each * carts)


@cache
def read_list() -> Mapping[str, Any]:
    """The file: ``region``, ``looked_up`` (a date), what kinds of ``evidence`` mean, and ``prices``."""
    loaded: Mapping[str, Any] = json.loads(Path(__file__).with_name("prices.json").read_text("utf-8"))
    return loaded


@cache
def price_list() -> Mapping[str, Price]:
    """All prices by name."""
    return {name: Price(**price) for name, price in read_list()["prices"].items()}


def total(lines: Iterable[Line], carts: int = MILLION) -> float:
    """The bill for so many carts, in dollars."""
    return sum(line.dollars(carts) for line in lines)


def gb_seconds(cpu_seconds: float, waiting_seconds: float, memory_mb: int) -> float:
    """What Lambda bills: the time that a part of a processor takes for the CPU, and the waiting, times the memory."""
    share = min(1.0, memory_mb / WHOLE_CPU_MB)
    return (cpu_seconds / share + waiting_seconds) * memory_mb / 1024
