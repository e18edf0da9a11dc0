"""The latest mails to addresses with soft bounces, in the ``engagement`` table, by the keyed hash of the address.

An address whose mails never bounced softly has no item. An item that nothing changes for ``FORGOTTEN`` is deleted.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.table import IS_NEW, Table
from chalicelib.domain.messages.attempts import Attempts

FORGOTTEN = timedelta(days=90)
"""After the last of the mails was sent: longer than bounces count (30 days) and than a report can be late (14 days)."""


class BounceStore:
    """Soft bounces in DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def attempts_of(self, address_hash: str) -> tuple[Attempts, int]:
        """The mails that are known, and the version of this knowledge: 0 if nothing is."""
        item = self._table.get(keys.bounces(address_hash))
        return (items.read(item["attempts"], Attempts), item["version"]) if item else (Attempts(), 0)

    def bouncing(self, address_hashes: Iterable[str]) -> frozenset[str]:
        """Those of the addresses with soft bounces."""
        return frozenset(keys.suppressed_of(item["pk"]) for item in self.stored_attempts(address_hashes))

    def put_attempts(self, address_hash: str, attempts: Attempts, version: int) -> None:
        """Store what is known over that ``version``; raises ``Conflict`` if another is stored."""
        item = {
            **keys.bounces(address_hash),
            "attempts": items.plain(attempts),
            "version": version + 1,
            "expires_at": int((attempts.mails[-1].sent_at + FORGOTTEN).timestamp()),
        }
        self._table.put(item, "version = :version" if version else IS_NEW, {":version": version} if version else None)

    def forget_attempts(self, address_hashes: Iterable[str]) -> None:
        """Delete what is known about these addresses."""
        self._table.batch_delete([keys.bounces(each) for each in address_hashes])

    def stored_attempts(self, address_hashes: Iterable[str]) -> list[dict[str, Any]]:
        """The stored items of these addresses."""
        return self._table.batch_get([keys.bounces(each) for each in address_hashes])
