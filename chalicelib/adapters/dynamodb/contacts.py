"""Contact histories, in the ``engagement`` table."""

from collections.abc import Iterable
from functools import reduce
from typing import Any

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.attributes import load_item
from chalicelib.adapters.dynamodb.table import IS_NEW, Table, is_own
from chalicelib.domain.errors import Conflict
from chalicelib.domain.journeys.contacts import Contacts

IS_SAME = "contacts = :over"


class ContactStore:
    """Contact histories in DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def together(self, customers: Iterable[str]) -> Contacts:
        """The histories of these customers in one."""
        found = self._table.batch_get([{"pk": keys.customer(each), "sk": keys.CONTACTS} for each in customers])
        histories = (items.read(item["contacts"], Contacts) for item in found)
        return reduce(Contacts.united, histories, Contacts())

    def replace(self, customer: str, history: Contacts, over: Contacts) -> Contacts | None:
        """Store a history if ``over`` is the stored one (empty: none is); else return what is stored."""
        item: dict[str, Any] = {
            "pk": keys.customer(customer),
            "sk": keys.CONTACTS,
            "contacts": items.plain(history),
        }
        known = items.plain(over) if over != Contacts() else None
        while True:
            try:
                self._table.put(item, IS_SAME if known else IS_NEW, {":over": known} if known else None)
            except Conflict as conflict:
                if is_own(conflict, item):
                    return None
                stored = load_item(conflict.item).get("contacts")
                found = items.read(stored, Contacts) if stored else Contacts()
                if found != over or stored == known:
                    return found
                known = stored  # the same in other words: an older version wrote it
            else:
                return None
