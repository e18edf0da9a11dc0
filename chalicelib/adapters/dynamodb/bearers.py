"""Who bears an address, in the ``commerce`` table: customers who claim it, beside the one whose alias it is.

A claim leads to nobody. It only makes each of them look at the others' facts before a message goes there: an order, a
refusal or a message of one counts for all (``SHARES#`` in each one's partition).
"""

from collections.abc import Iterable

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.table import Table, is_own
from chalicelib.domain.errors import Conflict
from chalicelib.domain.facts.inbound import BEARER_NAME

IS_SAME = "attribute_not_exists(pk) OR customers = :customers"
MOST = 20
"""So many customers may claim one address; the latest count. Anybody can make up more."""
TURNS = 8


class BearerStore:
    """Bearers of addresses in DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def claiming(self, address_hash: str) -> tuple[str, ...]:
        """The customers who claim this address, the latest last."""
        return customers_in(self._table.get(keys.alias(BEARER_NAME, address_hash)))

    def add(self, address_hash: str, customer: str, others: Iterable[str]) -> None:
        """Record that a customer claims this address; ``others``: who has it, or claims it, as was read before.

        Whoever gets the address as their own at the same moment finds this claim, or is found here.
        """
        linked: set[str] = set()
        self._table.put(keys.known_by(customer, BEARER_NAME, address_hash))  # first, so that an erasure misses no name
        known, wanted = self.claiming(address_hash), set(others)
        for _ in range(TURNS):
            self.link(customer, {*wanted, *known} - linked - {customer})
            linked |= {*wanted, *known}
            dropped, kept = known[: max(0, len(known) + 1 - MOST)], (*known, customer)[-MOST:]
            if customer in known or self._replace(address_hash, known, kept):
                for each in dropped if customer not in known else ():
                    self.unlink(each, {*wanted, *kept})
                    self._table.delete(keys.known_by(each, BEARER_NAME, address_hash))
                return
            known = self.claiming(address_hash)
        raise Conflict("an address that more and more customers claim")

    def link(self, customer: str, others: Iterable[str]) -> None:
        """Let each of the others and this customer look at each other's facts."""
        for other in others:
            self._table.put(keys.shares(customer, other))
            self._table.put(keys.shares(other, customer))

    def remove(self, address_hash: str, customer: str) -> None:
        """Forget that a customer claims this address."""
        for _ in range(TURNS):
            known = self.claiming(address_hash)
            if customer not in known or self._replace(
                address_hash, known, tuple(each for each in known if each != customer)
            ):
                return
        raise Conflict("an address that more and more customers claim")

    def unlink(self, customer: str, others: Iterable[str]) -> None:
        """Let none of them look at this customer's facts any more."""
        for other in others:
            self._table.delete(keys.shares(other, customer))

    def _replace(self, address_hash: str, known: tuple[str, ...], customers: tuple[str, ...]) -> bool:
        """Store the customers over those that were read; False if there are others by now."""
        item = {**keys.alias(BEARER_NAME, address_hash), "customers": list(customers)}
        try:
            self._table.put(item, IS_SAME, {":customers": list(known)})
        except Conflict as conflict:
            return is_own(conflict, item)
        return True


def customers_in(item: dict[str, object] | None) -> tuple[str, ...]:
    """The customers in a stored item of an address."""
    found = (item or {}).get("customers", ())
    return tuple(found)  # type: ignore[arg-type]
