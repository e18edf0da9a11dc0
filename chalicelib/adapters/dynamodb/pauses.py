"""Paused journeys, in the ``engagement`` table."""

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.table import Table


class PauseStore:
    """Pauses in DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def set(self, journey: str, paused: bool) -> None:
        """Pause a journey, or resume it."""
        if paused:
            self._table.put(keys.pause(journey))
        else:
            self._table.delete(keys.pause(journey))
