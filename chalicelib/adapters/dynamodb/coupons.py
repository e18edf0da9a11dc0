"""Coupons in the ``commerce`` table: personal single-use codes."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.errors import Conflict
from chalicelib.domain.time import to_text

IS_UNUSED = "attribute_not_exists(order_id)"
IS_FREE_FOR = "attribute_exists(pk) AND (attribute_not_exists(order_id) OR order_id = :order)"


class CouponStore:
    """Coupons in DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def issue(self, code: str, customer: str, percent: int, expires_at: datetime) -> None:
        """Store a code; if it is issued again while unused, it gets the new expiry."""
        item = {"customer": customer, "percent": percent, "valid_until": to_text(expires_at)}
        try:
            self._table.put({**keys.coupon(code), **item}, IS_UNUSED)
        except Conflict:
            return

    def redeem(self, code: str, order_id: str) -> bool:
        """Mark a code as used by an order; False if it is unknown or another order used it."""
        try:
            self._table.update(keys.coupon(code), "SET order_id = :order", IS_FREE_FOR, {}, {":order": order_id})
        except Conflict:
            return False
        return True

    def issued(self, codes: Iterable[str]) -> list[dict[str, Any]]:
        """The items of the issued ones of these codes."""
        return self._table.batch_get([keys.coupon(code) for code in codes])

    def revoke(self, code: str) -> None:
        """Remove a code, if it was issued."""
        self._table.delete(keys.coupon(code))

    def forget(self, codes: Iterable[str]) -> None:
        """Remove those of these codes that were issued."""
        self._table.batch_delete([keys.coupon(code) for code in sorted(codes)])
