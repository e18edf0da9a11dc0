"""A cancellation."""

from chalicelib.domain.facts.inbound import SHOP, InboundFact, Person, order_name
from chalicelib.domain.facts.order import Cancellation
from chalicelib.sources.bodies.body import FactBody
from chalicelib.sources.fields import Email, Id, Time
from chalicelib.sources.reading.times import truncated


class CancellationBody(FactBody, tag="cancellation"):
    """An order was cancelled; a later version of the order undoes it.

    It belongs to the order's owner, who is ``customer_id`` while the order is unknown.
    """

    customer_id: Id
    order_id: Id
    at: Time
    email: Email | None = None

    def fact(self, path: str) -> InboundFact:
        """As a fact; raises ``InvalidFact``."""
        self.check_times(path)
        fact = Cancellation(self.order_id, truncated(self.at))
        return InboundFact(fact, Person(SHOP, self.customer_id, self.email, (order_name(self.order_id),)))
