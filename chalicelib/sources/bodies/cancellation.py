"""A cancellation."""

from chalicelib.domain.facts.inbound import InboundFact, order_name
from chalicelib.domain.facts.order import Cancellation
from chalicelib.sources.bodies.body import OwnedBody
from chalicelib.sources.fields import Id, Time
from chalicelib.sources.reading.times import truncated


class CancellationBody(OwnedBody, kw_only=True, tag="cancellation"):
    """An order was cancelled; a later version of the order undoes it.

    It belongs to the order's owner, who is ``customer_id`` while the order is unknown.
    """

    order_id: Id
    at: Time

    def fact(self, path: str) -> InboundFact:
        """As a fact; raises ``InvalidFact``."""
        self.check_times(path)
        fact = Cancellation(self.order_id, truncated(self.at))
        return InboundFact(fact, self.owner(path, order_name(self.order_id)))
