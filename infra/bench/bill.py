"""Converts counts to dollars: a price list with its sources (``prices.json``), and the lines of a bill."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

MILLION = 1_000_000
WHOLE_CPU_MB = 1769
"""With less memory, a function has only part of a processor (AWS Lambda developer guide, "Configure memory")."""
WAITS = {"dynamodb": 0.005, "sqs": 0.010, "sesv2": 0.050}
"""Seconds that a call takes within a region. Assumptions: AWS cannot be measured here."""
LOG_BYTES_A_RUN = 800
"""Bytes that Lambda itself logs for each run, as JSON. An assumption."""


@dataclass(frozen=True, slots=True)
class Price:
    """``dollars`` for ``per`` units; ``evidence`` is ``vendor``, ``quoted`` or ``unverified``."""

    dollars: float
    per: int
    unit: str
    evidence: str
    source: str
    as_of: str

    def of(self, quantity: float) -> float:
        """The cost of this quantity, in dollars."""
        return quantity / self.per * self.dollars


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the bill: ``each`` units per cart."""

    what: str
    price: str
    each: float

    def dollars(self, carts: int = MILLION) -> float:
        """The cost for this number of carts, in dollars."""
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
    """The bill for this number of carts, in dollars."""
    return sum(line.dollars(carts) for line in lines)


def gb_seconds(cpu_seconds: float, waiting_seconds: float, memory_mb: int) -> float:
    """What Lambda bills: the CPU time on the function's share of a processor, plus the waiting, times the memory."""
    share = min(1.0, memory_mb / WHOLE_CPU_MB)
    return (cpu_seconds / share + waiting_seconds) * memory_mb / 1024
