"""Suppressions in the ``engagement`` table: keyed hashes of addresses that must not get mail, and why.

An item with a ``reason`` suppresses its address ``at`` from that time on. A suppression that was lifted by hand leaves
``lifting``, and its time in ``lifted_at``: what is older does not suppress the address again.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.errors import Conflict
from chalicelib.domain.journeys.engagement import ERASED, SOFT_BOUNCES, AddressStatus, Lifting, Suppression
from chalicelib.domain.time import from_text, to_text

NAMES = {"#reason": "reason", "#at": "at"}
IS_FREE = "attribute_not_exists(#reason)"
IS_SOFT = "#reason = :soft"
IS_EARLIER = "(#reason <> :erased AND #at > :at)"
WAS_NEVER_LIFTED = "attribute_not_exists(lifted_at)"
WAS_LIFTED_BEFORE = f"({WAS_NEVER_LIFTED} OR lifted_at < :at)"
SUPPRESS = "SET #reason = :reason, #at = :at"


class SuppressionStore:
    """Suppressions in DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def suppressed(self, address_hashes: Iterable[str]) -> frozenset[str]:
        """Those of the addresses that must not get mail."""
        return frozenset(keys.suppressed_of(item["pk"]) for item in self._active(address_hashes))

    def status(self, address_hash: str) -> AddressStatus:
        """Whether an address is suppressed, since when and why, and its last lifting."""
        item = self._table.get(keys.suppression(address_hash)) or {}
        lifting = items.read(item["lifting"], Lifting) if "lifting" in item else None
        return AddressStatus(suppression_of(item), lifting)

    def suppress(self, address_hash: str, reason: str, at: datetime, *, is_dated: bool = True) -> bool:
        """Suppress this address; returns whether that is new. The earliest reason stays.

        Nothing that happened until the address's last lifting suppresses it again. ``is_dated``: False if it is unknown
        when it happened, so that it may have been before any lifting; ``at`` is the time to store.
        """
        condition = (
            f"{WAS_LIFTED_BEFORE if is_dated else WAS_NEVER_LIFTED} AND ({IS_FREE} OR {IS_SOFT} OR {IS_EARLIER})"
        )
        values = {":reason": reason, ":at": to_text(at), ":soft": SOFT_BOUNCES, ":erased": ERASED}
        return self._changed(address_hash, SUPPRESS, condition, values)

    def suppress_softly(self, address_hash: str, at: datetime) -> bool:
        """Suppress this address for its soft bounces, unless it is suppressed for another reason."""
        values = {":reason": SOFT_BOUNCES, ":at": to_text(at), ":soft": SOFT_BOUNCES}
        return self._changed(address_hash, SUPPRESS, f"{WAS_LIFTED_BEFORE} AND ({IS_FREE} OR {IS_SOFT})", values)

    def withdraw_softly(self, address_hash: str) -> None:
        """Take back a suppression for soft bounces: a late report showed that there were not enough of them."""
        self._changed(address_hash, "REMOVE #reason, #at", IS_SOFT, {":soft": SOFT_BOUNCES})

    def lift(self, address_hash: str, lifting: Lifting) -> None:
        """Lift the suppression that ``lifting`` describes; raises ``Conflict`` if another is stored."""
        self._table.update(
            keys.suppression(address_hash),
            "SET lifting = :lifting, lifted_at = :now REMOVE #reason, #at",
            "#reason = :reason AND #at = :at",
            NAMES,
            {
                ":lifting": items.plain(lifting),
                ":now": to_text(lifting.at),
                ":reason": lifting.reason,
                ":at": to_text(lifting.since),
            },
        )

    def forget(self, digests: Iterable[str], at: datetime) -> None:
        """Suppress the hashes of an erased person: no mail is sent to them, and nothing about them is stored again."""
        self._table.batch_put(
            [{**keys.suppression(digest), "reason": ERASED, "at": to_text(at)} for digest in dict.fromkeys(digests)]
        )

    def erased(self, digests: Iterable[str]) -> frozenset[str]:
        """Those of the hashes that belong to erased people."""
        return frozenset(keys.suppressed_of(item["pk"]) for item in self._active(digests) if item["reason"] == ERASED)

    def stored(self, digests: Iterable[str]) -> list[dict[str, Any]]:
        """The stored items of these hashes: suppressions, and liftings."""
        return self._table.batch_get([keys.suppression(digest) for digest in digests])

    def _active(self, digests: Iterable[str]) -> list[dict[str, Any]]:
        return [item for item in self.stored(digests) if "reason" in item]

    def _changed(self, address_hash: str, update: str, condition: str, values: Mapping[str, Any]) -> bool:
        try:
            self._table.update(keys.suppression(address_hash), update, condition, NAMES, values)
        except Conflict:
            return False
        return True


def suppression_of(item: Mapping[str, Any]) -> Suppression | None:
    """The suppression in a stored item, if it is one."""
    return Suppression(item["reason"], from_text(item["at"])) if "reason" in item else None
