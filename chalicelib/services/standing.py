"""A customer's standing: it is stored, and whom an order brings into a segment is invited to its launches."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.order import Order
from chalicelib.domain.journeys.engagement import Engagement
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.standing.segments import segments_of
from chalicelib.domain.standing.standing import Standing, standing_of
from chalicelib.services.ports import Queue, StandingStore


@dataclass(frozen=True)
class KeepStanding:
    """Keeps standings up to date with the orders."""

    standings: StandingStore
    audience: Queue
    policy: Policy
    clock: Callable[[], datetime]

    def __call__(self, customer: str, facts: Facts, engagement: Engagement, placed: Order | None = None) -> None:
        """Store the standing; ``placed``: a new order, which may bring its customer into a segment.

        The standing is stored last, so that a repeated call invites again.
        """
        standing = self._standing_of(facts.orders.values())
        changes = engagement.changes(standing)
        if changes is not None:
            self.standings.join(customer, changes[0])
        if placed:
            self._invite(customer, facts, engagement, placed)
        if changes is not None:
            self.standings.put(customer, standing, (), changes[1])

    def _invite(self, customer: str, facts: Facts, engagement: Engagement, order: Order) -> None:
        """Invite those whom an order brings into a segment, or a tier, to the launches that were announced to it.

        They have joined the segment by now: a launch that is announced meanwhile finds them in it, or they find the
        launch. ``engagement`` is as it was before. An import or the nightly review may have stored the standing since
        the order was told, so what the order brings is looked at, too.
        """
        segments = segments_of(self._standing_of(facts.orders.values()))
        before = segments_of(self._standing_of(each for each in facts.orders.values() if each.id != order.id))
        stored = segments_of(engagement.standing) if engagement.standing else frozenset()
        if segments <= before & stored:
            return
        for launch_id, segment in self.standings.announced(self.clock()).items():
            if segment in segments:  # a tier that is reached may be early in one whose segment they knew
                self.audience.put({"launch": launch_id, "start": None, "members": [customer]})

    def _standing_of(self, orders: Iterable[Order]) -> Standing:
        return standing_of(orders, self.policy.thresholds, self.clock(), self.policy.zone)
