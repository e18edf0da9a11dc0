"""A refund."""

from chalicelib.domain.facts.inbound import InboundFact, order_name
from chalicelib.domain.facts.order import Refund
from chalicelib.sources.bodies.body import OwnedBody
from chalicelib.sources.fields import Amount, Currency, Id, Time
from chalicelib.sources.reading.times import truncated


class RefundBody(OwnedBody, kw_only=True, tag="refund"):
    """Money given back for an order, in minor units; ``currency`` is the order's own by default.

    It belongs to the order's owner, who is ``customer_id`` while the order is unknown. An order's ``refunded`` and its
    refunds add up: report each amount in one way.
    """

    order_id: Id
    id: Id
    at: Time
    amount: Amount
    currency: Currency | None = None

    def fact(self, path: str) -> InboundFact:
        """As a fact; raises ``InvalidFact``."""
        self.check_times(path)
        fact = Refund(self.order_id, self.id, truncated(self.at), self.amount, self.currency)
        return InboundFact(fact, self.owner(path, order_name(self.order_id)))
