"""Open circuits, in the ``engagement`` table: one item for each channel whose service refuses every message."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.attributes import load_item
from chalicelib.adapters.dynamodb.table import IS_NEW, Table, is_own
from chalicelib.domain.channel import Channel
from chalicelib.domain.errors import Conflict
from chalicelib.domain.journeys.circuit import Circuit
from chalicelib.domain.time import from_text, to_text

IS_SAME = "since = :since"
IS_SAME_PROBE = "since = :since AND probe_at = :probe"
ALL = [keys.circuit(channel) for channel in Channel]


class CircuitStore:
    """Circuits in DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def all(self) -> Mapping[Channel, Circuit]:
        """The open circuits by channel, read consistently."""
        return circuits_of(self._table.batch_get(ALL))

    def open(self, circuit: Circuit) -> bool:
        """Open a circuit; False if the channel's is open already."""
        item = {
            **keys.circuit(circuit.channel),
            "since": to_text(circuit.since),
            "reason": circuit.reason,
            "probe_at": to_text(circuit.probe_at),
        }
        try:
            self._table.put(item, IS_NEW)
        except Conflict as conflict:
            return is_own(conflict, item)
        return True

    def take_probe(self, circuit: Circuit, following: datetime) -> bool:
        """Take the circuit's next probe, after which the ``following`` one is next; False if another process did."""
        since, probe, after = to_text(circuit.since), to_text(circuit.probe_at), to_text(following)
        values = {":since": since, ":probe": probe, ":after": after}
        try:
            self._table.update(keys.circuit(circuit.channel), "SET probe_at = :after", IS_SAME_PROBE, {}, values)
        except Conflict as conflict:  # its own write, or one of the same moment: the queue drops the second message
            item = load_item(conflict.item)
            return (item.get("since"), item.get("probe_at")) == (since, after)
        return True

    def close(self, circuit: Circuit) -> None:
        """Close a circuit, unless it is closed already, or another one was opened since."""
        try:
            self._table.delete_if(keys.circuit(circuit.channel), IS_SAME, {":since": to_text(circuit.since)})
        except Conflict:
            return


def circuits_of(items: Iterable[Mapping[str, Any]]) -> dict[Channel, Circuit]:
    """The circuits in these items, by channel."""
    found = (
        Circuit(
            Channel(keys.circuit_of(item["pk"])), from_text(item["since"]), item["reason"], from_text(item["probe_at"])
        )
        for item in items
    )
    return {circuit.channel: circuit for circuit in found}
