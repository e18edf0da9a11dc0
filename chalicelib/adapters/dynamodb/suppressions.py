"""Suppressions in the ``engagement`` table: keyed hashes of addresses that must not get mail, and why."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.table import IS_NEW, Table
from chalicelib.domain.errors import Conflict
from chalicelib.domain.journeys.engagement import ERASED
from chalicelib.domain.time import to_text


class SuppressionStore:
    """Suppressions in DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def suppressed(self, address_hashes: Iterable[str]) -> frozenset[str]:
        """Those of the addresses that must not get mail."""
        return frozenset(keys.suppressed_of(item["pk"]) for item in self.stored(address_hashes))

    def suppress(self, address_hash: str, reason: str, at: datetime) -> None:
        """Suppress this address; the first reason stays."""
        item = {**keys.suppression(address_hash), "reason": reason, "at": to_text(at)}
        try:
            self._table.put(item, IS_NEW)
        except Conflict:
            return

    def forget(self, digests: Iterable[str], at: datetime) -> None:
        """Suppress the hashes of an erased person: no mail is sent to them, and nothing about them is stored again."""
        self._table.batch_put(
            [{**keys.suppression(digest), "reason": ERASED, "at": to_text(at)} for digest in dict.fromkeys(digests)]
        )

    def erased(self, digests: Iterable[str]) -> frozenset[str]:
        """Those of the hashes that belong to erased people."""
        return frozenset(keys.suppressed_of(item["pk"]) for item in self.stored(digests) if item["reason"] == ERASED)

    def stored(self, digests: Iterable[str]) -> list[dict[str, Any]]:
        """The stored suppressions of these hashes."""
        return self._table.batch_get([keys.suppression(digest) for digest in digests])
