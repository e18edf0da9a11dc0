"""The ``commerce`` table: facts about customers, each as its source told it last, and whose they are."""

from collections.abc import Iterable
from datetime import UTC, datetime

from chalicelib.adapters import keys, records
from chalicelib.adapters.identity import Identity
from chalicelib.adapters.table import Table
from chalicelib.domain.customer import Customer, Facts, Launch
from chalicelib.domain.errors import Conflict
from chalicelib.domain.events import Fact
from chalicelib.domain.local_time import to_text

IS_NEWER = "attribute_not_exists(pk) OR #at <= :at"
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


class CommerceStore:
    """Facts in DynamoDB."""

    def __init__(self, table: Table, identity: Identity) -> None:
        self._table = table
        self._identity = identity

    def customer_key(self, source: str, customer_id: str, email: str | None = None) -> str:
        """The opaque key of the person a source calls ``customer_id``; the first sight of a person decides it.

        Known by the source's id, else by the address; both are remembered from then on.
        """
        aliases = self._identity.aliases(source, customer_id, email)
        wanted = [keys.alias(kind, digest) for kind, digest in aliases]
        known = {item["pk"]: item["customer"] for item in self._table.batch_get(wanted)}
        key = next((known[alias["pk"]] for alias in wanted if alias["pk"] in known), aliases[-1][1])
        for alias in reversed(wanted):  # the address first: it decides who a new person is
            if alias["pk"] not in known:
                key = self._remembered(alias, key)
        return key

    def find(self, source: str, text: str) -> str | None:
        """The customer whom ``text`` names: an address, a source's id, or a key itself; None if nobody."""
        found = self._table.batch_get([keys.alias(*alias) for alias in self._identity.aliases(source, text, text)])
        if found:
            return str(found[0]["customer"])
        return text if next(self._table.partition(keys.customer(text)), None) else None

    def _remembered(self, alias: dict[str, str], key: str) -> str:
        try:
            self._table.put({**alias, "customer": key}, "attribute_not_exists(pk)")
        except Conflict:
            first = self._table.get(alias)
            return str(first["customer"]) if first else key
        return key

    def put(self, customer: str, fact: Fact, at: datetime | None = None) -> bool:
        """Store a fact unless a newer version of it is there already; tells whether it was stored.

        ``at`` is the version's time where that is not the fact's own (an answer whose case was closed).
        """
        item = {"pk": keys.customer(customer), "sk": records.fact_sk(fact)}
        if isinstance(fact, Launch):
            item = keys.launch(fact.id)
        stored = {**item, "at": to_text(at or fact.at), "fact": records.plain(fact)}
        try:
            self._table.put(stored, IS_NEWER, {":at": stored["at"]}, {"#at": "at"})
        except Conflict:
            return False
        return True

    def put_once(self, customer: str, fact: Fact) -> bool:
        """Store a fact of which the first version holds (an answer); tells whether this was the first."""
        item = {"pk": keys.customer(customer), "sk": records.fact_sk(fact)}
        stored = {**item, "at": to_text(fact.at), "fact": records.plain(fact)}
        try:
            self._table.put(stored, "attribute_not_exists(pk)")
        except Conflict:
            return False
        return True

    def facts(self, customer: str) -> Facts:
        """All that is known of a customer, read consistently in one query."""
        found = [records.fact_of(item) for item in self._table.partition(keys.customer(customer))]
        return records.facts_of(Customer(customer, LONG_AGO), [fact for fact in found if fact])

    def launches(self, ids: Iterable[str]) -> dict[str, Launch]:
        """The launches with these ids."""
        items = self._table.batch_get([keys.launch(launch_id) for launch_id in ids])
        return {launch.id: launch for launch in (records.read(item["fact"], Launch) for item in items)}

    def issue_coupon(self, code: str, customer: str, percent: int, expires_at: datetime) -> None:
        """Remember a personal single-use code; again, as long as it is unused, its last day is the new one."""
        expiry = to_text(expires_at)
        try:
            self._table.put(
                {**keys.coupon(code), "customer": customer, "percent": percent, "valid_until": expiry},
                "attribute_not_exists(order_id)",
            )
        except Conflict:
            return

    def redeem_coupon(self, code: str, order_id: str) -> bool:
        """Mark a code as used by an order; False when it is unknown or another order used it."""
        try:
            self._table.update(
                keys.coupon(code),
                "SET order_id = :order",
                "attribute_exists(pk) AND (attribute_not_exists(order_id) OR order_id = :order)",
                {},
                {":order": order_id},
            )
        except Conflict:
            return False
        return True
