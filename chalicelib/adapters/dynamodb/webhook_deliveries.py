"""Which deliveries of webhooks were processed, in the ``commerce`` table."""

from collections.abc import Callable
from datetime import datetime

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.table import Table


class WebhookDeliveryStore:
    """Deliveries in DynamoDB; ``digest`` is a keyed hash, since the sender chooses the id."""

    def __init__(self, table: Table, digest: Callable[[str], str]) -> None:
        self._table = table
        self._digest = digest

    def is_delivered(self, source: str, delivery_id: str) -> bool:
        """Whether this delivery was processed before."""
        return self._table.get(self._key(source, delivery_id)) is not None

    def record(self, source: str, delivery_id: str, until: datetime) -> None:
        """Record that a delivery was processed; DynamoDB deletes the record after ``until``."""
        self._table.put({**self._key(source, delivery_id), "expires_at": int(until.timestamp())})

    def _key(self, source: str, delivery_id: str) -> dict[str, str]:
        return keys.delivery(source, self._digest(delivery_id))
