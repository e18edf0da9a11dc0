"""Contact histories, in the ``engagement`` table."""

from collections.abc import Mapping

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.journeys.contacts import Contacts


class ContactStore:
    """Contact histories in DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put_all(self, contacts: Mapping[str, Contacts]) -> None:
        """Store whole contact histories, by customer."""
        self._table.batch_put(
            [
                {"pk": keys.customer(customer), "sk": keys.CONTACTS, "contacts": items.plain(history)}
                for customer, history in contacts.items()
            ]
        )
