"""A store of circuits in memory; ``tests/contract`` holds it to what the real one does."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from chalicelib.domain.channel import Channel
from chalicelib.domain.journeys.circuit import Circuit


class FakeCircuits:
    """Open circuits by channel."""

    def __init__(self) -> None:
        self.opened: dict[Channel, Circuit] = {}

    def all(self) -> Mapping[Channel, Circuit]:
        return dict(self.opened)

    def open(self, circuit: Circuit) -> bool:
        return self.opened.setdefault(circuit.channel, circuit) is circuit

    def take_probe(self, circuit: Circuit, following: datetime) -> bool:
        if self.opened.get(circuit.channel) != circuit:
            return False
        self.opened[circuit.channel] = replace(circuit, probe_at=following)
        return True

    def close(self, circuit: Circuit) -> None:
        known = self.opened.get(circuit.channel)
        if known and known.since == circuit.since:
            del self.opened[circuit.channel]
