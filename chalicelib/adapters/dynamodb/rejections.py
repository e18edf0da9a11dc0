"""What could not be read of what sources sent, in the ``commerce`` table: one item for each kind of problem and day."""

import hashlib
from collections.abc import Iterator
from datetime import date, datetime

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.facts.rejection import Rejected, Rejection
from chalicelib.domain.time import from_text, to_text

COUNT = (
    "ADD #number :number SET rejection = :rejection, first_at = if_not_exists(first_at, :at), last_at = :at,"
    " expires_at = :until"
)


class RejectionStore:
    """Rejections in DynamoDB; a write that is repeated counts twice."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def count(self, rejection: Rejection, number: int, at: datetime, until: datetime) -> None:
        """Count messages that were rejected for this at ``at``; DynamoDB deletes the count after ``until``."""
        text = items.plain(rejection)
        values = {":number": number, ":rejection": text, ":at": to_text(at), ":until": int(until.timestamp())}
        digest = hashlib.sha256(text.encode()).hexdigest()[:32]
        self._table.update(keys.rejection(at.date(), digest), COUNT, None, {"#number": "number"}, values)

    def on(self, day: date) -> Iterator[Rejected]:
        """What was rejected on a day (UTC)."""
        for item in self._table.partition(keys.rejections(day)):
            rejection = items.read(item["rejection"], Rejection)
            yield Rejected(rejection, int(item["number"]), from_text(item["first_at"]), from_text(item["last_at"]))
