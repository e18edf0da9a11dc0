"""Credits of orders, in the ``engagement`` table: each an item beside its customer's partition, which stays small.

A run has the total of what its credits say was ordered. Both are written in one transaction, since a sum that is added
to once per order cannot be computed from the orders again without reading all of them.
"""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.attributes import dump_item
from chalicelib.adapters.dynamodb.items import MOVED
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.journeys.credits import Credit, change_of_total
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.money import Money

IS_SAME = "credit = :old AND attribute_not_exists(moved_to)"
NOWHERE = "-"
"""In place of the customer to whom a credit moved: it is taken back."""
IS_RUN = "attribute_exists(pk) AND attribute_not_exists(moved_to)"
IS_GONE = "attribute_exists(moved_to)"
IS_FREE = "attribute_not_exists(pk) OR attribute_exists(moved_to)"
"""Nothing is there, or what moved away or was taken back, and whose removal was interrupted."""


class CreditStore:
    """Credits in DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of(self, customer: str) -> list[Credit]:
        """All credits of a customer, read consistently."""
        return self._read(customer, keys.CREDIT)

    def of_order(self, customer: str, order: str) -> list[Credit]:
        """The credits of one of the customer's orders, read consistently."""
        return self._read(customer, keys.credits_of_order(_digest(order)))

    def put(self, customer: str, credit: Credit) -> bool:
        """Store a new credit and add it to its run's total; False if it is stored already, or its run is gone.

        If the run was moved to another customer, it is credited there. Raises ``Unavailable`` while it is being moved.
        """
        while True:
            item = dump_item(_item(customer, credit))
            put = {"TableName": self._table.name, "Item": item, "ConditionExpression": IS_FREE}
            try:
                self._write({"Put": put}, self._total(customer, credit, None, credit.ordered))
            except Conflict:
                run = self._table.get(_run_key(customer, credit))
                if run and MOVED in run:
                    if "state" in run:
                        raise Unavailable("the run is being moved") from None
                    customer = run[MOVED]
                    continue
                return False
            return True

    def change(self, customer: str, old: Credit, new: Credit) -> None:
        """Replace a stored credit, and change its run's total by the difference; raises ``Conflict`` if it changed."""
        values = {":new": items.plain(new), ":old": items.plain(old)}
        change = self._update(_key(customer, old), "SET credit = :new", IS_SAME, values)
        try:
            self._write({"Update": change}, self._total(customer, old, old.ordered, new.ordered))
        except Conflict:
            stored = self._table.get(_key(customer, old))
            if stored is None or stored["credit"] != items.plain(new):
                raise

    def move(self, customer: str, credit: Credit, into: str, arm: Arm) -> None:
        """Move a credit to the customer to whom its run has moved, where the run is in this arm; it may be repeated.

        Where it was it stops counting in the same transaction, and is removed afterwards: a removal counts nothing.
        """
        values = {":into": into, ":old": items.plain(credit)}
        leave = self._update(_key(customer, credit), "SET moved_to = :into", IS_SAME, values)
        item = dump_item(_item(into, replace(credit, arm=arm)))
        arrive = {"TableName": self._table.name, "Item": item, "ConditionExpression": IS_FREE}
        try:
            self._write({"Update": leave}, {"Put": arrive}, self._total(into, credit, None, credit.ordered))
        except Conflict:
            held, run = self._table.get(_key(customer, credit)), self._table.get(_run_key(into, credit))
            if held and MOVED not in held:
                if run and MOVED in run:
                    self.move(customer, credit, run[MOVED], arm)
                    return
                if self._table.get(_key(into, credit)) is None:
                    raise
                # the older customer has a credit for the same order and run: it counts once
                self._table.update(_key(customer, credit), "SET moved_to = :into", IS_SAME, {}, values)
        self._remove(_key(customer, credit))

    def take_back(self, customer: str, credit: Credit) -> None:
        """Remove a credit and what it adds to its run's total; its order is not this customer's. It may be repeated.

        It stops counting first, since a removal counts nothing.
        """
        values = {":into": NOWHERE, ":old": items.plain(credit)}
        leave = self._update(_key(customer, credit), "SET moved_to = :into", IS_SAME, values)
        try:
            self._write({"Update": leave}, self._total(customer, credit, credit.ordered, None))
        except Conflict:
            held = self._table.get(_key(customer, credit))
            if held and MOVED not in held:
                raise
        self._remove(_key(customer, credit))

    def finish_moves(self, customer: str) -> None:
        """Remove what is left of credits whose move was interrupted."""
        for item in self._table.partition(keys.credits(customer), keys.CREDIT):
            if MOVED in item:
                self._remove(items.key_of(item))

    def _remove(self, key: Mapping[str, str]) -> None:
        """Remove what moved away or was taken back, unless another credit has taken its place."""
        with suppress(Conflict):
            self._table.delete_if(key, IS_GONE, {})

    def _read(self, customer: str, prefix: str) -> list[Credit]:
        stored = self._table.partition(keys.credits(customer), prefix)
        return [items.read(item["credit"], Credit) for item in stored if MOVED not in item]

    def _total(self, customer: str, credit: Credit, old: Money | None, new: Money | None) -> dict[str, Any]:
        """The change of the run's total; at least the count of these changes, which an erasure's condition looks at."""
        change = change_of_total(old, new)
        names = {f"#c{index}": items.total(currency) for index, currency in enumerate(change)}
        values = {f":c{index}": amount for index, amount in enumerate(change.values())} | {":one": 1}
        add = ", ".join(["credited :one", *(f"{name} :{name[1:]}" for name in names)])
        update = self._update(_run_key(customer, credit), f"ADD {add}", IS_RUN, values)
        return {"Update": update | ({"ExpressionAttributeNames": names} if names else {})}

    def _update(self, key: Mapping[str, str], update: str, condition: str, values: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "TableName": self._table.name,
            "Key": dump_item(key),
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": dump_item(values),
        }

    def _write(self, *writes: Mapping[str, Any]) -> None:
        self._table.transact(writes)


def _digest(order: str) -> str:
    """An order's id in a key, whatever it contains."""
    return hashlib.sha256(order.encode()).hexdigest()[:32]


def _key(customer: str, credit: Credit) -> dict[str, str]:
    return keys.credit(customer, _digest(credit.order), credit.enrollment)


def _run_key(customer: str, credit: Credit) -> dict[str, str]:
    return {"pk": keys.customer(customer), "sk": keys.enrollment(credit.enrollment)}


def _item(customer: str, credit: Credit) -> dict[str, Any]:
    return {**_key(customer, credit), "credit": items.plain(credit)}
