"""Stop sending while a service refuses every message of the account, and go on as soon as a probe is sent.

Without this, each due run would use up its attempts within minutes. A refusal opens the circuit: the run that was
refused is stored as if it had never been claimed, its batch ends, and all that is due stays due. From then on only the
sweep's probes try to send; the first message that is accepted closes the circuit.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.domain.channel import Channel
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.journeys.circuit import PROBE_EVERY, Circuit
from chalicelib.services.metrics import Emit, Metric, emit_nothing
from chalicelib.services.ports import CircuitStore

log = logging.getLogger("rekindle.dispatch")


@dataclass
class Gate:
    """Whether a batch may go on. ``circuits``: those that were open when the batch was read.

    A probe goes on up to its first attempt to send, and after that only if it was accepted. Any open circuit stops all:
    while there is one channel, nothing that is due can be told from what it would send.
    """

    store: CircuitStore
    clock: Callable[[], datetime]
    emit: Emit
    circuits: dict[Channel, Circuit]
    is_probe: bool
    is_shut: bool = field(init=False)

    def __post_init__(self) -> None:
        self.is_shut = bool(self.circuits) and not self.is_probe

    def attempted(self) -> None:
        """A message is about to be sent."""
        if self.circuits:
            self.is_shut = True

    def refused_alone(self) -> None:
        """This one message was refused, and not all: a probe goes on, since it has found out nothing yet."""
        if self.is_probe:
            self.is_shut = False

    def accepted(self, channel: Channel) -> None:
        """A message was sent: close the channel's circuit."""
        if (circuit := self.circuits.pop(channel, None)) is None:
            return
        try:
            self.store.close(circuit)
        except Unavailable as error:  # the next probe closes it
            log.warning("circuit not closed", extra={"channel": channel, "error": str(error)})
            return
        self.is_shut = bool(self.circuits)
        log.warning("sending goes on", extra={"channel": channel, "error": circuit.reason})

    def refused(self, channel: Channel, reason: str) -> None:
        """The service refuses every message: open the channel's circuit, if it is not open."""
        self.is_shut = True
        now = self.clock()
        try:
            is_new = self.store.open(Circuit(channel, now, reason, now + PROBE_EVERY))
        except Unavailable as error:  # the next refusal opens it
            log.warning("circuit not opened", extra={"channel": channel, "error": str(error)})
            return
        if is_new:
            log.error("sending stopped", extra={"channel": channel, "error": reason})
            self.emit(Metric.SENDING_STOPPED, 1)


@dataclass(frozen=True)
class Circuits:
    """Opens and closes circuits."""

    store: CircuitStore
    clock: Callable[[], datetime]
    emit: Emit = emit_nothing

    def gate(self, known: Mapping[Channel, Circuit], *, is_probe: bool) -> Gate:
        """The gate of one batch. ``known``: the circuits that are open now."""
        return Gate(self.store, self.clock, self.emit, dict(known), is_probe)
